"""Conversations in a database, written as they happen. SQLAlchemy is loaded once a store is opened."""

from .store import Store

__all__ = ["Store"]
