from realtime_widget.data import About, Conversation

from .talk import Talk, pcm

ABOUT = About(id="0" * 32)


def test_a_conversation_is_of_one_moment() -> None:
    talk = Talk()
    talk.spoken(0, "u1", words="Hello")
    talk.said(1500, "r1", "a1", "Hi there", n_ms=500)
    first = Conversation.of(talk.data, ABOUT)
    talk.spoken(4000, "u2", words="And now?")
    assert [turn.text for turn in first.turns] == ["Hello", "Hi there"]
    assert len(first.latency) == 1 and first.events == talk.data.events.rows()[: len(first.events)]
    assert len(Conversation.of(talk.data, ABOUT).turns) == 3


def test_the_recording_is_that_of_the_moment_too() -> None:
    talk = Talk()
    talk.do(1000, "append_audio", pcm(1000))
    first = Conversation.of(talk.data, ABOUT)
    talk.do(2000, "append_audio", pcm(1000))
    assert talk.data.recording.duration_ms == 2000
    assert first.recording().channels == 2


def test_an_empty_conversation_has_an_empty_recording() -> None:
    assert Conversation(about=ABOUT).recording().samples.shape == (0, 2)
