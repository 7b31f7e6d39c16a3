import pytest

from realtime_widget import ConfigError, RealtimeSession


def test_a_conversation_knows_what_it_was_made_with() -> None:
    session = RealtimeSession(
        engine="ws://127.0.0.1:9",
        api_key="sk-secret",
        title="Demo",
        metadata={"take": 3},
        instructions="Be brief.",
    )
    about = session.conversation.about
    assert about.id == session.conversation_id and len(about.id) == 32
    assert (about.kind, about.title, about.engine_kind, about.metadata) == (
        "realtime",
        "Demo",
        "url",
        {"take": 3},
    )
    assert about.settings["instructions"] == "Be brief." and about.created_at is None
    assert "sk-secret" not in repr(session.conversation)


@pytest.mark.parametrize("metadata", ["x", {1: 2}, {"x": object()}, {"x": float("nan")}])
def test_what_could_not_be_written_down_is_refused(metadata: object) -> None:
    with pytest.raises(ConfigError, match="metadata"):
        RealtimeSession(engine="local", metadata=metadata)  # type: ignore[arg-type]
