"""The panel in the notebook."""

from .widget import RealtimeWidget

__all__ = ["RealtimeWidget"]
