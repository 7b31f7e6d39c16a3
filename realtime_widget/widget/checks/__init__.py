"""The environment check: what stands between a person and a conversation, and what to do about each."""

from .check import Check, check

__all__ = ["Check", "check"]
