"""A conversation that is over, for tests of what is made of it."""

from datetime import UTC, datetime

from realtime_widget.config import SessionConfig
from realtime_widget.data import About, Conversation
from tests.data.talk import Talk

ABOUT = About(
    id="0123456789abcdef0123456789abcdef", title="Trip", engine="OpenAI", engine_kind="openai",
    model="gpt-realtime-2.1", settings=SessionConfig(instructions="Be short.", voice="cedar").to_wire(),
    metadata={"take": 3}, created_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC), duration_ms=6000.0,
    version="1",
)  # fmt: skip


def saved_talk(about: About = ABOUT) -> Conversation:
    """A spoken question, a call, an answer aloud from 2300 to 3800 ms, and thanks."""
    talk = Talk()
    talk.spoken(0, "u1", words="How is Rome?")
    talk.called(1500, "r1", "call_1")
    talk.answered(1700, "call_1")
    usage = {"total_tokens": 3, "input_tokens": 1, "output_tokens": 2}
    talk.said(2000, "r2", "a1", "It is fine there", n_ms=1500, usage=usage)
    talk.typed(4500, "u2", "Thanks")
    return Conversation.of(talk.data, about)
