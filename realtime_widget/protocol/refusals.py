"""What an `error` event means: which command it refuses, who must know, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from . import events as ev
from .answers import Answers
from .changes import Problem
from .commands import Command, CommitInput, CreateItem, DeleteItem, RetrieveItem, TruncateItem, UpdateSession
from .conversation import Conversation
from .fallback import Fallback, blames_transcription
from .objects import ErrorDetail
from .outbox import Outbox
from .problems import ACTIVE_RESPONSE, is_benign, is_drop, is_fatal
from .responses import ResponseSequencer

__all__ = ["Refusals"]

# Whoever sends these waits for their settlement, and so hears of the error there.
_AWAITED = (UpdateSession, RetrieveItem)


class Refusals:
    """Takes `error` events. Most servers name the command that they refuse, some errors name none."""

    def __init__(
        self, outbox: Outbox, conversation: Conversation, sequencer: ResponseSequencer, answers: Answers
    ) -> None:
        self._out = outbox
        self._conversation = conversation
        self._sequencer = sequencer
        self._answers = answers
        self._fallback = Fallback()
        self.configuration: str | None = None  # the id of the update that configures the connection
        self.unanswered: Callable[[], None] = lambda: None  # the user's turn couldn't be answered
        self.adopt: Callable[[Mapping[str, Any] | None], None] = lambda transcription: None

    def on_error(self, event: ev.Error) -> None:
        """Take an `error`."""
        if event.error.event_id == "":  # some servers have no null
            event = ev.Error(error=msgspec.structs.replace(event.error, event_id=None))
        error = event.error
        if is_drop(error):  # it answers nothing: what is asked goes on over the next connection
            self._out.changes.append(Problem(error, False))
            return
        busy = ACTIVE_RESPONSE in (error.code, error.type)
        command = self._refused_command(event) if not busy else None
        if isinstance(command, UpdateSession) and self._falls_back(command, error):
            return
        if command is not None:
            self._undo(command, error)
        request, retried = self._sequencer.refused(
            error.event_id, busy=busy, unnamed=command is None and self._blames_request(error)
        )
        if request is not None and not retried:
            self._answers.fail(request, error)
        if busy and request is None and error.event_id is None:
            self.unanswered()
        fatal = is_fatal(error)
        awaited = isinstance(command, _AWAITED) and not self._out.is_raw(command)
        heard = awaited or retried or (busy and request is None) or is_benign(error)
        if fatal or not heard:
            self._out.changes.append(Problem(error, fatal))
        self._answers.outcome(error)
        self._answers.flush()

    def _falls_back(self, command: UpdateSession, error: ErrorDetail) -> bool:
        """Configure the connection without what nobody can do without knowing; tell whether that helps."""
        audio = command.session.get("audio") or {}
        refused = (audio.get("input") or {}).get("transcription")
        ours = command.event_id == self.configuration and command.session.get("type") == "realtime"
        if not ours or refused is None or not blames_transcription(error, refused):
            return False
        instead = self._fallback.without(refused, error)
        sound_in = {**audio["input"], "transcription": None if instead is None else dict(instead)}
        session = {**command.session, "audio": {**audio, "input": sound_in}}
        self.adopt(instead)
        self._out.changes.append(Problem(_told(refused, instead, error), False))
        self._out.send(UpdateSession(event_id=command.event_id, session=session), always=True)
        return True

    def _refused_command(self, event: ev.Error) -> Command | None:
        settlement = self._out.settlement
        command = settlement.refused(event)
        if command is None and event.error.event_id is None and not self._sequencer.awaits_confirmation:
            command = settlement.only() if event.error.type == "invalid_request_error" else None
        return command

    def _blames_request(self, error: ErrorDetail) -> bool:
        if error.event_id is not None or is_benign(error):
            return False
        if error.param:
            return error.param.startswith("response")  # else it is about sound, which nobody waits for
        return error.type == "invalid_request_error" and not self._out.settlement.waiting

    def _undo(self, command: Command, error: ErrorDetail) -> None:
        if command.event_id is not None:
            self._out.settled(command.event_id, error)
        if isinstance(command, CreateItem) and command.item.id:
            if error.code != "item_create_duplicate_item_id":
                self._out.changes += self._conversation.remove(command.item.id)
                self._answers.fail_about(command.event_id, error)
        elif isinstance(command, CommitInput):
            self._conversation.input_audio.commit_refused()
        elif isinstance(command, TruncateItem) and "unsupported_content_type" in (error.code, error.type):
            # There is no sound to cut at the server, so nothing of it was heard.
            self._out.send(DeleteItem(item_id=command.item_id))


def _told(refused: Mapping[str, Any], instead: Mapping[str, Any] | None, error: ErrorDetail) -> ErrorDetail:
    said = error.message or error.code or "no reason given"
    now = "what you say won't be written down" if instead is None else f"using {dict(instead)} instead"
    message = f"The server refused the transcription {dict(refused)} ({said}); {now}."
    return ErrorDetail(code="transcription_refused", message=message, param=error.param)
