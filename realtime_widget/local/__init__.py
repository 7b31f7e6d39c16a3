"""Answer offline: a server of the same protocol on loopback, with speech parts that need no network."""
