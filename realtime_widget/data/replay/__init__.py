"""A conversation that is over, shown again as it was at each moment."""
