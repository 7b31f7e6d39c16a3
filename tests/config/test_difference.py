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
