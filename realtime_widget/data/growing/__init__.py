"""Data that grows while people talk, made from the protocol's changes."""
