import base64
from datetime import UTC, datetime

import numpy as np
import pytest

from realtime_widget.data.turns import Turn
from realtime_widget.protocol.history import cut_words
from tests.data.talk import WALL_S, Talk, message, pcm

SENTENCE = "one two three four five six seven eight nine ten"


def only(talk: Talk) -> Turn:
    (turn,) = talk.data.transcript
    return turn


def interrupted(*, heard_ms: int, n_ms: int = 4000, player: bool = True, done: bool = True) -> Talk:
    """An answer of `n_ms`, of which `heard_ms` sounded when the user spoke up."""
    talk = Talk(player=player)
    if done:
        talk.said(1000, "r1", "a1", SENTENCE, n_ms=n_ms)
    else:
        talk.created(1000, "r1")
        talk.begun(1100, "r1", "a1")
        talk.words(1200, "r1", "a1", SENTENCE)
        talk.sound(1300, "r1", "a1", pcm(n_ms))
    talk.protocol.playback.report("a1", 0, heard_ms * 24, 1300 + heard_ms, start_ms=1300)
    talk.do(1300 + heard_ms, "begin_interrupt", cancel=False)
    talk.do(1300 + heard_ms, "finish_interrupt")
    return talk


def test_a_spoken_turn_of_the_user() -> None:
    talk = Talk()
    talk.spoken(500, "u1", n_ms=1200, words="Hello there.")
    turn = only(talk)
    assert (turn.start_ms, turn.end_ms, turn.audio_ms, turn.heard_ms) == (500, 1700, 1200, 1200)
    assert (turn.role, turn.text, turn.heard_text) == ("user", "Hello there.", "Hello there.")
    assert (turn.status, turn.interrupted, turn.response_id, turn.tool_calls) == (
        "completed",
        False,
        None,
        (),
    )
    assert turn.audio.samples.tobytes() == pcm(1200) and turn.audio.rate == 24_000


def test_speech_that_has_just_begun_is_a_turn_in_progress() -> None:
    talk = Talk()
    talk.do(100, "append_audio", pcm(100))
    talk.feed(100, "input_audio_buffer.speech_started", item_id="u1", audio_start_ms=50)
    turn = only(talk)
    assert (turn.status, turn.text, turn.start_ms, turn.end_ms) == ("in_progress", "", 50, None)
    assert turn.audio_ms is None and len(turn.audio) == 0


def test_a_typed_turn_has_a_time_and_no_sound() -> None:
    talk = Talk()
    talk.typed(750, "u1", "2+2?")
    turn = only(talk)
    assert (turn.start_ms, turn.end_ms, turn.audio_ms, turn.heard_ms) == (750, 750, None, None)
    assert (turn.status, turn.text, turn.heard_text) == ("completed", "2+2?", "2+2?")
    assert turn.created_at == datetime.fromtimestamp(WALL_S + 0.75, UTC) and turn.created_at.tzinfo is UTC


def test_sound_that_came_with_an_item_is_its_sound() -> None:
    talk = Talk()
    audio = base64.b64encode(pcm(300)).decode()
    content = [{"type": "input_audio", "audio": audio, "transcript": "hi"}]
    item = {"id": "u1", "type": "message", "role": "user", "status": "completed", "content": content}
    talk.place(10, item)
    turn = only(talk)
    assert (turn.text, turn.audio_ms, len(turn.audio)) == ("hi", 300, 7200)


def test_a_spoken_answer_heard_to_its_end() -> None:
    talk = Talk()
    talk.said(1000, "r1", "a1", SENTENCE, n_ms=2000)
    turn = only(talk)
    assert (turn.start_ms, turn.end_ms, turn.audio_ms, turn.heard_ms) == (1300, 3300, 2000, 2000)
    assert (turn.status, turn.interrupted, turn.heard_text) == ("completed", False, SENTENCE)
    assert turn.response_id == "r1" and turn.audio.samples.tobytes() == pcm(2000, 2000)


def test_a_written_answer() -> None:
    talk = Talk()
    talk.wrote(1000, "r1", "a1", "Four.")
    turn = only(talk)
    assert (turn.start_ms, turn.end_ms, turn.audio_ms, turn.heard_ms) == (1100, 1300, None, None)
    assert (turn.status, turn.heard_text, turn.interrupted) == ("completed", "Four.", False)


def test_what_plays_is_as_long_as_the_page_says() -> None:
    talk = Talk(player=True)
    talk.said(1000, "r1", "a1", SENTENCE, n_ms=2000)
    for played_ms, finished in ((500, False), (1500, False), (2000, True)):
        talk.protocol.playback.report("a1", 0, played_ms * 24, 2000, start_ms=1400, finished=finished)
        talk.data.touch(["a1"])
        turn = only(talk)
        assert (turn.start_ms, turn.heard_ms, turn.end_ms) == (1400, played_ms, 1400 + played_ms)
        assert not turn.interrupted


@pytest.mark.parametrize("done", [True, False])
def test_an_interrupted_answer_ends_where_it_was_cut(done: bool) -> None:
    turn = only(interrupted(heard_ms=1000, done=done))
    assert (turn.start_ms, turn.end_ms, turn.audio_ms, turn.heard_ms) == (1300, 2300, 4000, 1000)
    assert (turn.status, turn.interrupted) == ("interrupted", True)
    assert turn.text == SENTENCE and turn.heard_text == "one two"
    assert len(turn.audio) == 96_000, "the sound stays whole"


def test_a_response_cancelled_by_speech_is_an_interrupted_turn() -> None:
    talk = interrupted(heard_ms=2000, done=False)
    item = message("a1", SENTENCE) | {"status": "incomplete"}
    details = {"type": "cancelled", "reason": "turn_detected"}
    talk.over(3400, "r1", item, status="cancelled", status_details=details)
    turn = only(talk)
    assert (turn.status, turn.interrupted, turn.heard_ms) == ("interrupted", True, 2000)


def test_an_answer_nobody_heard_stays_as_a_turn() -> None:
    talk = interrupted(heard_ms=0)
    talk.feed(2000, "conversation.item.deleted", item_id="a1")
    turn = only(talk)
    assert (turn.status, turn.heard_text, turn.heard_ms, turn.text) == ("interrupted", "", 0, SENTENCE)


def test_an_answer_cut_before_its_sound_came_was_not_heard() -> None:
    talk = Talk()
    talk.created(0, "r1")
    talk.begun(0, "r1", "a1")
    talk.words(10, "r1", "a1", "I would have")
    item = message("a1", "I would have") | {"status": "incomplete"}
    talk.over(20, "r1", item, status="cancelled")
    turn = only(talk)
    assert (turn.status, turn.interrupted, turn.heard_text, turn.text) == (
        "interrupted",
        True,
        "",
        "I would have",
    )


def test_an_answer_heard_to_its_end_is_not_interrupted() -> None:
    turn = only(interrupted(heard_ms=4000))
    assert (turn.status, turn.interrupted, turn.heard_text) == ("completed", False, SENTENCE)


@pytest.mark.parametrize("status", ["cancelled", "failed", "incomplete"])
def test_a_written_answer_that_ended_early_says_how(status: str) -> None:
    talk = Talk()
    talk.created(0, "r1")
    talk.begun(0, "r1", "a1", part="text")
    ids = {"response_id": "r1", "item_id": "a1", "content_index": 0}
    talk.feed(10, "response.output_text.delta", **ids, delta="Well")
    assert only(talk).status == "in_progress"
    talk.over(20, "r1", status=status)
    turn = only(talk)
    assert (turn.status, turn.text, turn.heard_text, turn.interrupted) == (status, "Well", "Well", False)


def test_uncertain_words_are_marked() -> None:
    talk = Talk()
    talk.spoken(0, "u1")
    assert not only(talk).uncertain
    talk.transcribed(2000, "u1", "mumble", uncertain=True)
    assert only(talk).uncertain


def test_without_a_recording_lengths_are_known_and_sound_is_not() -> None:
    talk = Talk(record=False)
    talk.spoken(0, "u1", n_ms=500)
    talk.said(600, "r1", "a1", "Hi", n_ms=700)
    user, assistant = talk.data.transcript
    assert (user.audio_ms, assistant.audio_ms) == (500, 700)
    assert len(user.audio) == len(assistant.audio) == 0


def test_a_turn_keeps_the_sound_it_was_read_with() -> None:
    talk = Talk()
    talk.created(0, "r1")
    talk.begun(0, "r1", "a1")
    talk.sound(10, "r1", "a1", pcm(100))
    early = only(talk)
    talk.sound(20, "r1", "a1", pcm(100, 5))
    assert len(early.audio) == 2400 and len(only(talk).audio) == 4800
    assert np.all(only(talk).audio.samples[2400:] == 5)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, ""),
        (0.1, ""),
        (0.28, "one"),
        (0.5, "one"),
        (0.65, "one two"),
        (0.99, "one two"),
        (1.0, "one two six"),
    ],
)
def test_words_are_cut_at_their_borders(share: float, words: str) -> None:
    assert cut_words("one two six", share) == words


# -- what is a guess -----------------------------------------------------------------------------------------


def test_words_cut_by_their_share_of_the_sound_are_marked() -> None:
    turn = only(interrupted(heard_ms=2000))
    assert (turn.heard_text, turn.heard_text_estimated) == ("one two three four five", True)
    assert not turn.heard_ms_estimated, "the page has told"
    row = interrupted(heard_ms=2000).data.transcript.df.iloc[0]
    assert bool(row.heard_text_estimated) and not bool(row.heard_ms_estimated)


@pytest.mark.parametrize("heard_ms", [0, 4000])
def test_all_or_nothing_is_no_guess(heard_ms: int) -> None:
    turn = only(interrupted(heard_ms=heard_ms))
    assert not turn.heard_text_estimated and not turn.heard_ms_estimated


def test_a_position_that_only_the_clock_knows_is_marked() -> None:
    talk = Talk(player=True)
    talk.said(1000, "r1", "a1", SENTENCE, n_ms=4000)
    talk.do(2300, "begin_interrupt", cancel=False)
    talk.do(2600, "finish_interrupt", answered=False)
    turn = only(talk)
    assert (turn.heard_ms, turn.heard_ms_estimated, turn.heard_text_estimated) == (1000, True, True)
    talk.protocol.playback.report("a1", 0, 1500 * 24, 2700)
    talk.data.touch(["a1"])
    assert only(talk) == turn


def test_the_whole_sound_of_an_answer_includes_what_came_too_late_to_be_heard() -> None:
    talk = Talk(player=True)
    talk.created(1000, "r1")
    talk.begun(1100, "r1", "a1")
    talk.words(1200, "r1", "a1", SENTENCE)
    talk.sound(1300, "r1", "a1", pcm(1000, 5))
    talk.protocol.playback.report("a1", 0, 500 * 24, 1800, start_ms=1300)
    talk.do(1800, "begin_interrupt", cancel=False)
    talk.sound(1810, "r1", "a1", pcm(1000, 5))
    talk.over(1820, "r1", message("a1", SENTENCE) | {"status": "incomplete"}, status="cancelled")
    talk.do(1830, "finish_interrupt", answered=True)
    turn = only(talk)
    assert (turn.audio_ms, turn.heard_ms, len(turn.audio)) == (2000, 500, 48_000)
    assert turn.heard_text == "one two"
    recorded = talk.data.recording.samples[:, 1]
    assert np.count_nonzero(recorded) == 12_000


def test_a_script_has_heard_an_answer_unless_it_interrupts() -> None:
    talk = Talk()
    talk.said(1000, "r1", "a1", SENTENCE, n_ms=4000)
    turn = only(talk)
    assert (turn.heard_ms, turn.heard_ms_estimated, turn.interrupted) == (4000, False, False)
    talk.do(2300, "begin_interrupt", cancel=True)
    talk.do(2300, "finish_interrupt")
    turn = only(talk)
    assert (turn.heard_ms, turn.heard_ms_estimated, turn.interrupted) == (1000, True, True)
    assert turn.heard_text == "one two"


def test_a_written_answer_behind_a_burst_of_sound_doesnt_end_before_it_begins() -> None:
    talk = Talk()
    talk.do(0, "append_audio", bytes(48 * 20_000))
    talk.created(10, "r")
    talk.wrote(20, "r", "a", "Yes.")
    turn = only(talk)
    assert turn.end_ms is not None and turn.start_ms is not None
    assert turn.end_ms >= turn.start_ms
