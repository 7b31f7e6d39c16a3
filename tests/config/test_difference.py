from realtime_widget.config import ServerVAD, SessionConfig, session_diff

TOOL = {
    "type": "function",
    "name": "f",
    "description": "d",
    "parameters": {"type": "object", "properties": {}},
}


def test_the_difference_holds_only_what_changes_and_the_type() -> None:
    old = SessionConfig().to_wire()
    assert session_diff(old, old) == {"type": "realtime"}
    new = SessionConfig(voice="cedar", turn_detection=ServerVAD(), tools=(TOOL,)).to_wire()
    assert session_diff(old, new) == {
        "type": "realtime",
        "audio": {"input": {"turn_detection": ServerVAD().to_wire()}, "output": {"voice": "cedar"}},
        "tools": [TOOL],
    }
    assert session_diff({}, new) == new
    assert session_diff({"audio": None}, new)["audio"] == new["audio"]


def test_values_below_the_sides_are_replaced_whole() -> None:
    old = SessionConfig(transcription={"model": "a", "language": "en"}).to_wire()
    new = SessionConfig(transcription="a").to_wire()
    assert session_diff(old, new)["audio"]["input"]["transcription"] == {"model": "a"}


def test_an_idle_timeout_that_is_taken_away_is_an_explicit_null() -> None:
    old = SessionConfig(turn_detection=ServerVAD(idle_timeout_ms=6_000)).to_wire()
    detection = session_diff(old, SessionConfig(turn_detection=ServerVAD()).to_wire())["audio"]["input"]
    assert detection == {"turn_detection": {**ServerVAD().to_wire(), "idle_timeout_ms": None}}
    for other in ("semantic_vad", None):
        wire = SessionConfig(turn_detection=other).to_wire()
        assert session_diff(old, wire)["audio"]["input"] == {
            "turn_detection": wire["audio"]["input"]["turn_detection"]
        }
