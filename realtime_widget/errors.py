"""Every error a user can meet, as one small tree.

    RealtimeError
    ├── ConfigError               a wrong option or value (also a ValueError)
    ├── AudioError                audio that can't be read or has the wrong shape
    ├── FileError                 a file that can't be read or written (also an OSError)
    │   └── FileFormatError       a file that isn't what it should be, or is damaged beyond reading
    ├── EngineError               nothing answers: engine missing, unreachable, or refused
    │   ├── MissingKeyError       no API key where one is needed
    │   └── AuthenticationError   the key was refused
    ├── SessionError              the session isn't in a state for this call
    │   ├── NotConnectedError     nothing to send to yet, or any more
    │   └── SessionClosedError    the session ended while the call waited
    ├── RefusedError              the server refused a command and said why
    ├── ResponseError             a response failed; no answer was given
    ├── StoreError                a database of conversations that can't be read or written
    ├── ToolError                 a function that can't be a tool
    │   └── ToolArgumentsError    arguments of a call that don't fit the function
    └── WaitTimeoutError          a wait took longer than its limit (also a TimeoutError)

Each one says what happened and, in `remedy`, what to do about it. No message ever carries a key.
"""

from __future__ import annotations

__all__ = [
    "AudioError",
    "AuthenticationError",
    "ConfigError",
    "EngineError",
    "FileError",
    "FileFormatError",
    "MissingKeyError",
    "NotConnectedError",
    "RealtimeError",
    "RefusedError",
    "ResponseError",
    "SessionClosedError",
    "SessionError",
    "StoreError",
    "ToolArgumentsError",
    "ToolError",
    "WaitTimeoutError",
]


class RealtimeError(Exception):
    """Base of all errors of this package.

    Attributes:
        message: What happened, in one sentence.
        remedy: What to do about it, or None.
        code: The API's error code, or ours; None where there is none.
        request_id: The server's id of the request, where it sent one.
        retry_after: Seconds after which a retry makes sense, where known.
        recoverable: True when the session goes on (or can) after this error.
    """

    default_code: str | None = None

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        recoverable: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code if code is not None else self.default_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.recoverable = recoverable

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's default reduce would lose the keyword-only attributes.
        return (_rebuild, (type(self), self.message, dict(self.__dict__)))


def _rebuild(kind: type[RealtimeError], message: str, attributes: dict[str, object]) -> RealtimeError:
    error = kind(message)
    error.__dict__.update(attributes)
    return error


class ConfigError(RealtimeError, ValueError):
    """A wrong option or value; the message names the valid ones."""

    default_code = "invalid_config"


class AudioError(RealtimeError, ValueError):
    """Audio that can't be read, or has the wrong shape or rate."""

    default_code = "invalid_audio"


class FileError(RealtimeError, OSError):
    """A file that can't be read or written; the message says why."""

    default_code = "file_unusable"


class FileFormatError(FileError, ValueError):
    """A file that isn't what it should be, or is damaged beyond reading."""

    default_code = "invalid_file"


class EngineError(RealtimeError):
    """Nothing answers: the engine is missing, unreachable, or refused the session."""

    default_code = "engine_unreachable"


class MissingKeyError(EngineError):
    """No API key was found where the engine needs one."""

    default_code = "missing_api_key"


class AuthenticationError(EngineError):
    """The server refused the key, the project or the account."""

    default_code = "invalid_api_key"


class SessionError(RealtimeError):
    """The session isn't in a state in which this call makes sense."""

    default_code = "session_state"


class NotConnectedError(SessionError):
    """There is no connection to send to; call `start()` first."""

    default_code = "not_connected"


class SessionClosedError(SessionError):
    """The session ended while a call waited for an answer."""

    default_code = "session_closed"


class RefusedError(RealtimeError):
    """The server refused a command; `code` and the message are the server's own."""

    default_code = "refused"


class ResponseError(RealtimeError):
    """A response failed, was blocked or was cut off before it said anything."""

    default_code = "response_failed"


class StoreError(RealtimeError):
    """A database of conversations can't be opened, read or written; nothing in memory is lost by it."""

    default_code = "store_failed"


class ToolError(RealtimeError):
    """A function that can't be offered as a tool; the message says why."""

    default_code = "invalid_tool"


class ToolArgumentsError(ToolError):
    """Arguments of a call that don't fit the function; the message is meant for the model."""

    default_code = "invalid_arguments"


class WaitTimeoutError(RealtimeError, TimeoutError):
    """A wait took longer than its limit; what was asked may still complete."""

    default_code = "timeout"
