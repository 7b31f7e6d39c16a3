"""The session: the only place with threads, an event loop and sockets."""

import logging

from .client_secrets import ClientSecret
from .session import RealtimeSession
from .transcription import TranscriptionSession
from .translation import TranslationSession

# Problems are raised, or shown in the panel; the log is for whoever turns it on.
logging.getLogger("realtime_widget").addHandler(logging.NullHandler())

__all__ = ["ClientSecret", "RealtimeSession", "TranscriptionSession", "TranslationSession"]
