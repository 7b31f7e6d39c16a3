"""What a session can be told, as frozen values, and their wire form.

Values are checked when they are made, so that a typo raises in the cell that has it and not in the middle
of a conversation. Ranges are those of the API reference.
"""

from .checks import check_keywords
from .detection import TURN_DETECTIONS, SemanticVAD, ServerVAD, TurnDetection, parse_turn_detection
from .difference import session_diff
from .kinds import SessionKind
from .microphone import Microphone
from .realtime import DEFAULT_MODEL, DEFAULT_TRANSCRIPTION, VOICES, SessionConfig
from .transcribers import Transcriber, transcriber
from .transcription import TranscriptionConfig
from .translation import TRANSLATION_LANGUAGES, TranslationConfig

__all__ = [
    "DEFAULT_MODEL",
    "DEFAULT_TRANSCRIPTION",
    "TRANSLATION_LANGUAGES",
    "TURN_DETECTIONS",
    "VOICES",
    "Microphone",
    "SemanticVAD",
    "ServerVAD",
    "SessionConfig",
    "SessionKind",
    "Transcriber",
    "TranscriptionConfig",
    "TranslationConfig",
    "TurnDetection",
    "check_keywords",
    "parse_turn_detection",
    "session_diff",
    "transcriber",
]
