"""What is said, as live data: tables, turns, sound; built from the protocol's changes."""

from .conversation import About, Conversation
from .display.frozen import FrozenConversation
from .events import Events
from .growing.session_data import SessionData
from .latency import Latency
from .money.prices import PriceTable
from .still import StillData
from .table import Table
from .tables import Tables
from .tool_calls import ToolCall, ToolCalls
from .transcript import Transcript
from .turns import Turn
from .usage import UsageTable

__all__ = [
    "About",
    "Conversation",
    "Events",
    "FrozenConversation",
    "Latency",
    "PriceTable",
    "SessionData",
    "StillData",
    "Table",
    "Tables",
    "ToolCall",
    "ToolCalls",
    "Transcript",
    "Turn",
    "UsageTable",
]
