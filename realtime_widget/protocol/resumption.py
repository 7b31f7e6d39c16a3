"""A conversation that outlives its connection: what waits meanwhile, and what the next one is told.

Between two connections nothing is sent. What is asked for then is queued, what is said is kept, and once the
new connection is configured it hears, in this order: the conversation so far, the sound that may not have
been heard, and the requests that were never answered.
"""

from __future__ import annotations

import msgspec

from ..config import SessionConfig, TurnDetection
from . import events as ev
from .answers import Answers
from .changes import ItemChanged, ResponseFinished, SpeechChanged
from .commands import AppendInput, CommitInput
from .conversation import Conversation
from .history import retell
from .items import ItemState
from .objects import ErrorDetail, Item, Response
from .outbox import Outbox
from .requests import Request
from .responses import ResponseSequencer, ResponseState

__all__ = ["Resumption"]

PIECE_BYTES = 48_000  # one second of sound
BROKEN = ErrorDetail(code="connection_lost", message="The connection broke during the answer.")


class Resumption:
    """Takes a conversation from one connection to the next."""

    def __init__(
        self,
        outbox: Outbox,
        conversation: Conversation,
        sequencer: ResponseSequencer,
        answers: Answers,
    ) -> None:
        self._again: list[ItemState] = []  # what the user said and the next connection hears again
        self.retells = True  # False where nobody answers, and so nobody needs to know
        self._out = outbox
        self._conversation = conversation
        self._sequencer = sequencer
        self._answers = answers

    def seed(self, items: list[Item]) -> None:
        """Begin with an earlier conversation, of which the server is told once it is configured."""
        out, conversation = self._out, self._conversation
        connection, conversation.connection = conversation.connection, 0
        for item in items:
            command = out.item_command(msgspec.structs.replace(item, id=None))
            out.changes += conversation.add_local(command.item, None, out.now_ms, out.wall_s)
            conversation.settle(conversation.items[command.item.id or ""])
        conversation.connection = connection

    # -- the connection is gone --------------------------------------------------------------------------

    def suspend(self, config: SessionConfig) -> None:
        """Keep everything for the next connection."""
        self._out.suspended = True
        detection: TurnDetection = config.turn_detection
        unheard = self._unheard_turn(config)
        for request in self._sequencer.suspend():
            self._answers.fail(request, None, "cancelled")
        self._answers.unpause(BROKEN)
        self._keep_speech(detection, unheard)
        self._close_words(unheard)
        by_server = detection is not None and detection.create_response
        for state in self._unfinished():
            self._end(state, again=unheard is None or not by_server)
        if by_server and unheard is None and self._awaits_answer():
            self.ask(self._out.new_id("again_"))

    def give_up(self) -> None:
        """Forget what was in flight: the connection is gone for good."""
        out, conversation = self._out, self._conversation
        out.suspended = False
        self._again.clear()
        conversation.input_audio.forget_unsent()
        self._sequencer.reset()
        self._answers.reset()
        out.changes += conversation.abandon_speech(out.now_ms, out.wall_s)
        for state in self._unfinished():
            self._break_off(state)

    def ask(self, key: str) -> None:
        """Queue a request for the next connection."""
        self._answers.dispatch(self._sequencer.request(Request(key)))

    def _unheard_turn(self, config: SessionConfig) -> ItemState | None:
        """Return the user's last turn, if neither its words nor an answer came: it will be said again."""
        state = self._last()
        if state is None or not state.committed or config.transcription is None:
            return None
        written = all(part.final for part in state.parts.values())
        if written or state.audio_start_ms is None or state.audio_end_ms is None or self._was_answered(state):
            return None
        detection: TurnDetection = config.turn_detection
        by_itself = detection is not None and detection.create_response and not self._sequencer.asks
        return state if by_itself or detection is None else None

    def _keep_speech(self, detection: TurnDetection, unheard: ItemState | None) -> None:
        speech = [*self._conversation.open_speech.values()]
        self._again = [*speech, *filter(None, [unheard])]
        if unheard is not None and detection is None:
            audio = self._conversation.input_audio
            audio.take_back(unheard.audio_start_ms or 0.0, unheard.audio_end_ms or 0.0)
        began = [state.audio_start_ms for state in self._again if state.audio_start_ms is not None]
        turns = [
            state.audio_end_ms for state in self._conversation if state.committed and state is not unheard
        ]
        self._conversation.input_audio.disconnected(
            self._out.now_ms,
            speech_ms=min(began, default=None),
            heard_ms=max((end_ms for end_ms in turns if end_ms is not None), default=0.0),
            by_hand=detection is None,
        )
        if speech:
            self._out.changes.append(SpeechChanged(False, speech[0].id))

    def _close_words(self, unheard: ItemState | None) -> None:
        """Note whose words won't come any more, since the connection that owed them is gone."""
        for state in self._conversation:
            if state.role == "user" and state.committed and state is not unheard:
                for part in state.parts.values():
                    if part.kind == "input_audio" and not part.final:
                        part.final, part.uncertain = True, True
                        part.failed = "The connection broke before all words came."
                        self._out.changes.append(ItemChanged(state.id))

    def _end(self, state: ResponseState, *, again: bool) -> None:
        """End a response that broke off; one of which nothing has come is asked for again."""
        out = self._out
        made = self._conversation.of_response(state.id)
        begun = self._has_begun(state)
        if not begun:
            for item in made:
                out.changes += self._conversation.remove(item.id)
        whole = all(item.own_status == "completed" for item in made)  # only its formal end is missing
        self._break_off(state, "completed" if begun and whole else "incomplete")
        if begun or state.unwanted:
            self._answers.broke_off(state, None if begun and whole else BROKEN)
        elif again:
            self._answers.ask_again(state)

    def _has_begun(self, state: ResponseState) -> bool:
        made = self._conversation.of_response(state.id)
        calls = [item for item in made if item.kind == "function_call" and item.status == "completed"]
        return bool(calls) or any(item.has_content for item in made)

    def _unfinished(self) -> list[ResponseState]:
        return [state for state in self._sequencer.responses.values() if not state.done]

    def _break_off(self, state: ResponseState, status: str = "incomplete") -> None:
        out, lost = self._out, Response(id=state.id, status=status)
        out.changes += self._conversation.apply(ev.ResponseDone(response=lost), out.now_ms, out.wall_s)
        self._sequencer.done(lost, out.now_ms)
        out.changes.append(ResponseFinished(state.id, status, None, None))

    def _awaits_answer(self) -> bool:
        """Tell whether the user's last spoken turn is still to be answered by the server itself."""
        last = self._last()
        waits = last is not None and last.committed and not self._was_answered(last)
        return waits and not self._sequencer.busy

    def _last(self) -> ItemState | None:
        """Return the last turn, if it is the user's; an answer of which nothing came is none."""
        for item_id in reversed(list(self._conversation.order)):
            state = self._conversation.items.get(item_id)
            if state is None or not (state.has_content or state.committed or state.call_id):
                continue
            if state.is_turn or state.kind.startswith("function_call"):
                return state if state.role == "user" else None
        return None

    def _was_answered(self, state: ItemState) -> bool:
        """Tell whether a response to a turn came so far that it won't be asked for again."""
        answers = (answer for answer in self._sequencer.responses.values() if not answer.out_of_band)
        later = (answer for answer in answers if answer.created_ms >= (state.committed_ms or 0.0))
        return any(answer.done or self._has_begun(answer) for answer in later)

    # -- a new connection is configured ------------------------------------------------------------------

    def resume(self) -> None:
        """Tell a configured connection everything that it should know."""
        out, conversation = self._out, self._conversation
        out.suspended = False
        for state in [*self._again, *conversation.open_speech.values()]:
            out.changes += conversation.remove(state.id)  # it is heard again, under another id
        self._again.clear()
        told: set[str] = set()
        for retold in retell(conversation) if self.retells else ():
            wire_id = out.new_item_id()
            # A summary stands for no turn of its own, and must not become one when it is confirmed.
            out.generations.retold(retold.own_id or wire_id, wire_id)
            out.tell_again(retold.item, wire_id)
            told.add(retold.own_id or "")
        conversation.order.pass_over(told)
        self._send_sound(conversation.input_audio.reconnected())
        out.send_held()
        self._sequencer.resume()
        self._answers.flush()

    def _send_sound(self, pieces: list[bytes | None]) -> None:
        for piece in pieces:
            if piece is None:
                self._out.send(CommitInput())
                continue
            for begin in range(0, len(piece), PIECE_BYTES):
                self._out.send(AppendInput(audio=piece[begin : begin + PIECE_BYTES]))
