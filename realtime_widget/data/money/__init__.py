"""Prices, what a conversation cost, and what its next turn will."""
