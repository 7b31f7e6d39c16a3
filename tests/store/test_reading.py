"""What comes back from a store is what went in, turn by turn and sample by sample."""

from dataclasses import replace

import numpy as np
import pytest

from realtime_widget import Clip, Store, StoreError
from realtime_widget.data import StillData
from realtime_widget.data.turns import make_turn

from ..data.talk import Talk
from .writing import ABOUT, made_up, put, sitting_of


def voiced(turn, level: int):  # type: ignore[no-untyped-def]
    """The turn with sound, each sample another."""
    samples = (np.arange((turn.audio_ms or 0) * 24) % 1000 + level).astype(np.int16)
    values = {name: getattr(turn, name) for name in turn.__dataclass_fields__}
    return make_turn(lambda: Clip(samples), **values)


def test_a_conversation_comes_back_as_it_was(url: str) -> None:
    talk = made_up(60, metadata={"ü": [1, None, {"x": 0.1}]})
    talk = replace(talk, turns=tuple(voiced(turn, i) for i, turn in enumerate(talk.turns)))
    with Store(url) as store:
        put(store, talk)
        back = store.load(talk.about.id)
        assert back.turns == talk.turns and back.usage == talk.usage and back.latency == talk.latency
        assert replace(back.about, duration_ms=talk.about.duration_ms) == talk.about
        assert [replace(call, turn=None) for call in back.tool_calls] == [
            replace(call, turn=None) for call in talk.tool_calls
        ]
        places = {call_id: turn.turn for turn in talk.turns for call_id in turn.tool_calls}
        assert {call.call_id: call.turn for call in back.tool_calls} == places
        assert back.events == talk.events
        for one, other in zip(talk.turns[:6], back.turns[:6], strict=True):
            assert np.array_equal(one.audio.samples, other.audio.samples) and other.audio.rate == 24_000
        recording = back.recording()
        assert recording.channels == 2 and recording.duration_ms == max(
            turn.end_ms or 0 for turn in talk.turns
        )
        cut = next(turn for turn in back.turns if turn.interrupted)
        heard = recording.samples[(cut.start_ms or 0) * 24 : (cut.end_ms or 0) * 24, 1]
        assert np.array_equal(heard, cut.audio.samples[: (cut.heard_ms or 0) * 24])


def test_several_sittings_are_one_conversation_whose_ids_and_times_dont_meet(url: str) -> None:
    talk = made_up(12)
    with Store(url) as store:
        for number in range(3):
            put(store, talk, resumes=number > 0)
        back = store.load(talk.about.id)
    assert [turn.turn for turn in back.turns] == list(range(36))
    assert len({turn.id for turn in back.turns}) == 36 and back.turns[12].id == f"{talk.turns[0].id}~2"
    assert [turn.text for turn in back.turns] == [turn.text for turn in talk.turns] * 3
    starts = [turn.start_ms or 0 for turn in back.turns]
    assert starts[12] > starts[11] and starts[24] > starts[23]
    assert [turn.connection for turn in back.turns] == [1] * 12 + [2] * 12 + [3] * 12
    still = StillData(back)
    turns, calls, bills, answers = (
        table.df for table in (still.transcript, still.tool_calls, still.usage, still.latency)
    )
    assert len(calls) == 3 * len(talk.tool_calls) and len(bills) == 3 * len(talk.usage)
    assert set(calls["turn"]) <= set(turns["turn"]) and calls["turn"].notna().all()
    answered = turns[turns["role"] == "assistant"]
    assert len(answered.merge(bills, on="response_id")) == len(bills) == len(answered)
    assert len(answered.merge(answers, on=["turn", "response_id"])) == len(answers)
    assert (answers["first_token_ms"].to_numpy() <= answered["end_ms"].to_numpy()).all()


def test_a_turn_that_a_kernel_left_unfinished_is_incomplete(url: str) -> None:
    talk = Talk(player=True)
    talk.typed(100, "u1", "Tell me a story")
    talk.feed(200, "response.created", response={"id": "r1", "status": "in_progress"})
    item = {"id": "a1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    talk.feed(210, "response.output_item.added", response_id="r1", item=item)
    talk.feed(
        220,
        "response.output_audio_transcript.delta",
        response_id="r1",
        item_id="a1",
        delta="Once upon a time",
    )
    talk.feed(230, "response.output_audio.delta", response_id="r1", item_id="a1", delta=b"\1\0" * 48_000)
    with Store(url) as store:
        sitting_of(store, talk.data).write()
        back = store.load(ABOUT.id)
    assert back.turns[0].status == "completed"
    turn = back.turns[1]
    assert (turn.status, turn.text) == ("incomplete", "Once upon a time")
    told = StillData(back).transcript.items()
    assert [item.role for item in told][:1] == ["user"]
    assert turn.interrupted == (turn.heard_text != turn.text)


def test_sound_of_a_deleted_conversation_or_closed_store_cant_be_read(url: str) -> None:
    talk = made_up(2)
    talk = replace(talk, turns=tuple(voiced(turn, 3) for turn in talk.turns))
    with Store(url) as store:
        put(store, talk)
        one, two = store.load(talk.about.id).turns
        store.delete(talk.about.id)
        with pytest.raises(StoreError, match="was deleted"):
            _ = one.audio
    with pytest.raises(StoreError, match="is closed"):
        _ = two.audio


def test_without_audio_there_is_none(url: str) -> None:
    talk = made_up(2)
    talk = replace(talk, turns=tuple(voiced(turn, 3) for turn in talk.turns))
    with Store(url, audio=False) as store:
        put(store, talk, audio=store.audio)
        assert [len(turn.audio) for turn in store.load(talk.about.id).turns] == [0, 0]
