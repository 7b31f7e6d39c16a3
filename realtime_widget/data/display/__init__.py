"""What a notebook shows of the data, live or to stay."""
