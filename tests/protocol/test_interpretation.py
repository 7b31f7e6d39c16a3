"""How two streams become turns."""

import base64
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from realtime_widget.protocol.changes import AudioCompleted, AudioReceived, SpeechChanged

from .interpreting import Interpreter, event, sound, source, target

TONE = b"\1\2" * 2_400  # 100 ms
SILENCE = bytes(4_800)


def test_pauses_make_turns_on_both_sides() -> None:
    talk = Interpreter().hear(until_ms=2_000)
    talk.feed(source("Hello.", 800), source(" How", 1_000), source(" are you?", 1_200))
    talk.feed(target("Hola.", 1_200), target(" ¿Cómo estás?", 1_600))
    talk.hear(until_ms=6_000)
    talk.feed(source("I am", 4_800), source(" fine.", 5_000), target("Estoy bien.", 5_400))
    talk.feed(event("session.closed"))
    assert talk.turns == [
        ("user", "Hello. How are you?", "completed"),
        ("assistant", "Hola. ¿Cómo estás?", "completed"),
        ("user", "I am fine.", "completed"),
        ("assistant", "Estoy bien.", "completed"),
    ]


def test_words_are_put_together_without_blanks_of_ours() -> None:
    talk = Interpreter(language="ja")
    talk.feed(*[target(words, 400) for words in ("こん", "にちは", "。")])
    assert talk.items[0].text == "こんにちは。"


def test_turns_that_nothing_is_added_to_end_by_themselves() -> None:
    talk = Interpreter().hear(until_ms=1_000)
    talk.feed(source("Hello", 800), target("Hola", 1_000), sound(TONE, 1_000))
    talk.hear(until_ms=3_900)
    assert {status for *_, status in talk.turns} == {"in_progress"}
    talk.hear(until_ms=4_100)
    assert {status for *_, status in talk.turns} == {"completed"}
    assert [change.speaking for change in talk.changes(SpeechChanged)] == [True, False]


def test_times_and_sound_of_the_original_are_those_that_were_sent() -> None:
    talk = Interpreter().hear(until_ms=10_000)
    talk.feed(source("One", 5_000), source(" two.", 5_600), event("session.closed"))
    (turn,) = talk.data().transcript
    assert (turn.start_ms, turn.end_ms) == (4_200, 5_600)
    assert turn.audio.duration_ms == 1_400


def test_passages_of_the_original_do_not_overlap() -> None:
    talk = Interpreter().hear(until_ms=10_000)
    talk.feed(source("One.", 5_000), source("Two.", 5_700), event("session.closed"))
    one, two = talk.data().transcript
    assert one.end_ms == 5_000
    assert two.start_ms == 5_000


def test_sound_belongs_to_the_words_at_its_place_though_they_are_over() -> None:
    talk = Interpreter().hear(until_ms=5_000)
    talk.feed(target("Uno.", 1_000), sound(TONE, 1_000), target("Dos.", 4_000))
    talk.feed(sound(TONE, 1_200), sound(TONE * 3, 4_000), event("session.closed"))
    received = {}
    for change in talk.changes(AudioReceived):
        received[change.item_id] = received.get(change.item_id, 0) + len(change.pcm) // 48
    uno, dos = talk.items
    assert received == {uno.id: 200, dos.id: 300}
    assert [change.item_id for change in talk.changes(AudioCompleted)] == [uno.id, dos.id]
    assert [text for _, text, _ in talk.turns] == ["Uno.", "Dos."]


def test_sound_may_come_before_its_words() -> None:
    talk = Interpreter().hear(until_ms=3_000)
    talk.feed(sound(TONE, 1_000), target("Hola.", 2_800), event("session.closed"))
    assert talk.turns == [("assistant", "Hola.", "completed")]


def test_sound_without_any_words_is_a_turn_too() -> None:
    talk = Interpreter().hear(until_ms=5_000)
    talk.feed(sound(TONE, 1_000), sound(TONE, 1_100), sound(TONE, 4_000), event("session.closed"))
    turns = list(talk.data().transcript)
    assert [turn.audio_ms for turn in turns] == [200, 100]


def test_silence_between_passages_makes_no_turn() -> None:
    talk = Interpreter().hear(until_ms=1_000)
    talk.feed(sound(SILENCE, 200), sound(SILENCE, 300))
    assert talk.items == []
    talk.feed(target("Hola", 400), sound(TONE, 400))
    for now_ms in range(1_100, 6_000, 100):
        talk.hear(until_ms=now_ms)
        talk.feed(sound(SILENCE, now_ms))
    assert talk.turns == [("assistant", "Hola", "completed")]


def test_without_a_player_the_translation_stands_beside_what_it_translates() -> None:
    talk = Interpreter()
    talk.protocol.append_audio(TONE * 600, live=False)  # a minute in a burst
    talk.at(500)
    talk.feed(source("Far in.", 30_000), target("Lejos.", 30_400), sound(TONE * 5, 30_400))
    talk.feed(event("session.closed"))
    data = talk.data()
    assert [turn.start_ms for turn in data.transcript] == [29_200, 30_400]
    recording = data.recording
    assert recording.samples[: 30_400 * 24, 1].any() == False  # noqa: E712
    assert recording.samples[30_401 * 24 : 30_899 * 24, 1].all()


def test_a_translation_without_sound_has_its_times_too() -> None:
    talk = Interpreter()
    talk.protocol.append_audio(TONE * 600, live=False)
    talk.at(500).feed(target("Lejos", 30_400), target(" está.", 31_000))
    (turn,) = talk.data().transcript
    assert (turn.start_ms, turn.end_ms) == (30_400, None)
    talk.feed(event("session.closed"))
    (turn,) = talk.data().transcript
    assert (turn.start_ms, turn.end_ms) == (30_400, 31_000)


def test_a_clock_that_runs_away_does_not_take_ours_along() -> None:
    talk = Interpreter().hear(until_ms=1_000)
    talk.feed(sound(TONE, 10**15), event("session.closed"))
    assert talk.data().recording.duration_ms < 12_000


def test_order_is_that_of_beginning() -> None:
    talk = Interpreter().hear(until_ms=2_000)
    talk.feed(target("Antes", 400), source("After", 1_000), target(" de", 1_200), event("session.closed"))
    assert [role for role, *_ in talk.turns] == ["assistant", "user"]


positions = st.one_of(st.none(), st.integers(-500, 60_000), st.just(1e18))
words = st.text(alphabet="ab .。?", max_size=6)
acts = st.one_of(
    st.tuples(st.just("source"), words, positions),
    st.tuples(st.just("target"), words, positions),
    st.tuples(st.just("sound"), st.integers(0, 900), positions),
    st.tuples(st.just("time"), st.integers(0, 5_000), st.none()),
    st.tuples(st.just("lost"), st.just(0), st.none()),
)


@given(st.lists(acts, max_size=40))
def test_no_word_and_no_sound_is_lost_whatever_comes_whenever(script: list[Any]) -> None:
    talk = Interpreter()
    said = {"user": "", "assistant": ""}
    n_samples = 0
    for kind, value, at in script:
        place = {} if at is None else {"elapsed_ms": at}
        if kind == "time":
            talk.at(talk.now_ms + value)
        elif kind == "lost":
            talk.protocol.connection_lost("gone", resumes=True)
            talk.connect()
        elif kind == "sound":
            delta = base64.b64encode(b"\1\1" * value).decode()
            talk.feed({"type": "session.output_audio.delta", "delta": delta, **place})
            n_samples += value
        else:
            name = "input" if kind == "source" else "output"
            talk.feed({"type": f"session.{name}_transcript.delta", "delta": value, **place})
            said["user" if kind == "source" else "assistant"] += value
    talk.protocol.close()
    talk.feed({"type": "session.closed"})
    for role, text in said.items():
        shown = "".join(item.text for item in talk.items if item.role == role)
        assert shown.replace(" ", "") == text.replace(" ", "")
    assert sum(len(change.pcm) for change in talk.changes(AudioReceived)) == 2 * n_samples
    assert {item.status for item in talk.items} <= {"completed", "incomplete"}
    turns = list(talk.data().transcript)
    assert [turn.status for turn in turns] == [item.status for item in talk.items]
    assert all(turn.end_ms is not None and turn.end_ms >= turn.start_ms for turn in turns)
    talk.sent()
