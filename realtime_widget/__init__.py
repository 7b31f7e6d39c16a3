"""Talk with a voice model in a Jupyter notebook, and read the conversation as data in the next cell."""
