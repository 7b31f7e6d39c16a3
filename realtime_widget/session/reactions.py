"""What the session does when the protocol tells of a change, or a tool ends: one small function each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..audio import pcm_to_samples
from ..errors import EngineError
from ..protocol import changes as ch
from ..protocol.items import ItemState
from ..protocol.problems import is_drop
from ..tools import Outcome
from .reports import of_problem, of_silence

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["end_reason", "react", "tool_ended"]


def react(core: SessionCore, change: ch.Change) -> None:
    """Carry out what follows from a change."""
    handler = _HANDLERS.get(type(change))
    if handler is not None:
        handler(core, change)


def _on_configured(core: SessionCore, change: ch.SessionConfigured) -> None:
    if change.created:
        core.lifecycle.rollover.began(change.session.expires_at)
    if change.session.suggestions is not None:
        core.suggestions = tuple(change.session.suggestions)
        core.publish([])


def _on_item(core: SessionCore, change: ch.ItemChanged) -> None:
    item = core.protocol.conversation.items.get(change.item_id)
    if item is not None and item.kind == "mcp_approval_request":
        _on_approval(core, item)
    if item is None or not item.is_turn:
        return
    spoken = item.role == "user" and item.committed
    if spoken and not all(part.final for part in item.parts.values()):
        if item.id not in core.untranscribed:  # over, but its words may come later, or never
            core.untranscribed.add(item.id)
            core.stored()
        return
    core.untranscribed.discard(item.id)
    core.announce(item)


def _on_approval(core: SessionCore, item: ItemState) -> None:
    if item.status == "in_progress" or item.id in core.told.ids or item.raw is None:
        return
    core.told.ids.add(item.id)
    request = {"id": item.id, "server_label": item.raw.server_label, "name": item.name}
    core.callbacks.emit("approval", {**request, "arguments": item.arguments})


def _on_audio(core: SessionCore, change: ch.AudioReceived) -> None:
    if core.callbacks.wants("audio"):
        core.callbacks.emit("audio", pcm_to_samples(change.pcm))


def _on_speech(core: SessionCore, change: ch.SpeechChanged) -> None:
    core.user_speaks = change.speaking
    if change.speaking and change.interrupts:
        # Now, not in a task: no sound that comes behind this event may reach the page any more.
        core.hearing.begin(cancel=False, speech=change.item_id)
    core.set_trait("listening", change.speaking)


def _on_call(core: SessionCore, change: ch.CallReady) -> None:
    with core.lock:
        core.data.tool_calls.started(
            change.call_id,
            change.name,
            change.arguments,
            response_id=change.response_id,
            version=core.tools.version(change.name),
            t_ms=core.now_ms,
        )
    core.tools.start(change.call_id, change.name, change.arguments)


def tool_ended(core: SessionCore, call_id: str, outcome: Outcome, duration_ms: float) -> None:
    """Answer a call that ran, and tell of it."""
    with core.lock:
        core.data.tool_calls.finished(
            call_id,
            output=outcome.output,
            error=outcome.error,
            status=outcome.status,
            duration_ms=duration_ms,
            traceback=outcome.traceback,
        )
    core.act(lambda protocol: protocol.tool_output(call_id, outcome.output))
    core.stored()
    if core.callbacks.wants("tool_call"):
        core.callbacks.emit("tool_call", core.data.tool_calls.row(call_id))
    core.publish([])
    core.waits.notify()


def _on_response_finished(core: SessionCore, change: ch.ResponseFinished) -> None:
    if change.usage is not None:
        _tell_usage(core, change.response_id, "response")
    reason = end_reason(core, change.response_id)
    if change.status == "incomplete" and reason is not None:
        made = core.protocol.conversation.of_response(change.response_id)
        if not any(item.has_content or item.kind == "function_call" for item in made):
            core.report(of_silence(change.status, reason))  # else there would be nothing but silence


def end_reason(core: SessionCore, response_id: str) -> str | None:
    """Return why a response ended the way it did, where the server says it."""
    state = core.protocol.sequencer.responses.get(response_id)
    details = state.final.status_details if state is not None and state.final is not None else None
    return details.reason if details is not None else None


def _on_billed(core: SessionCore, change: ch.TranscriptionBilled) -> None:
    _tell_usage(core, change.item_id, "transcription")


def _on_sound_billed(core: SessionCore, change: ch.SoundBilled) -> None:
    if change.final:
        _tell_usage(core, change.billed_id, "sound")


def _tell_usage(core: SessionCore, billed_id: str, kind: str) -> None:
    core.stored()
    if core.callbacks.wants("usage"):
        row = core.data.usage.bill(billed_id, kind)
        if row is not None:
            core.callbacks.emit("usage", asdict(row))


def _on_answer(core: SessionCore, change: ch.AnswerFinished) -> None:
    core.waits.finish(change)
    if change.status == "completed":
        core.forget_error()


def _on_settled(core: SessionCore, change: ch.CommandSettled) -> None:
    core.waits.settle(change)


def _on_troubled(core: SessionCore, change: ch.ServerTroubled) -> None:
    said = change.error.message or change.error.code
    core.lifecycle.drop(_dropped(f"The server failed several times in a row: {said}", change.error.code))


def _dropped(message: str, code: str | None) -> EngineError:
    remedy = "Start again to go on; everything said so far is kept."
    return EngineError(message, remedy=remedy, code=code, recoverable=True)


def _on_problem(core: SessionCore, change: ch.Problem) -> None:
    if is_drop(change.error):
        message = f"The server ended its session: {change.error.message or change.error.code}"
        core.lifecycle.drop(_dropped(message, change.error.code))
        return
    core.traffic.invalid_frames += change.error.type == "invalid_frame"
    error = of_problem(change.error, fatal=change.fatal, response_id=change.response_id)
    if change.fatal:
        core.fail(error)
    else:
        core.report(error)


_HANDLERS: dict[type[Any], Callable[[SessionCore, Any], None]] = {
    ch.SessionConfigured: _on_configured,
    ch.ItemChanged: _on_item,
    ch.AudioReceived: _on_audio,
    ch.SpeechChanged: _on_speech,
    ch.CallReady: _on_call,
    ch.ResponseFinished: _on_response_finished,
    ch.TranscriptionBilled: _on_billed,
    ch.SoundBilled: _on_sound_billed,
    ch.AnswerFinished: _on_answer,
    ch.CommandSettled: _on_settled,
    ch.Problem: _on_problem,
    ch.ServerTroubled: _on_troubled,
}
