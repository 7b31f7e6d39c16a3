"""What is said, as live data: tables, turns, sound; built from the protocol's changes."""

from .events import Events
from .frozen import FrozenConversation
from .latency import Latency
from .prices import PriceTable
from .session_data import SessionData
from .table import Table
from .tool_calls import ToolCall, ToolCalls
from .transcript import Transcript
from .turns import Turn
from .usage import UsageTable

__all__ = [
    "Events",
    "FrozenConversation",
    "Latency",
    "PriceTable",
    "SessionData",
    "Table",
    "ToolCall",
    "ToolCalls",
    "Transcript",
    "Turn",
    "UsageTable",
]
