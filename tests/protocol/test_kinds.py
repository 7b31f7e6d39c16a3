"""Less common kinds of events and items: what they tell is kept where one can read it."""

from realtime_widget import testing as t

from .recorded import RECORDED, Recorded
from .reorder import Listener, listen


def recorded(name: str) -> Recorded:
    return next(one for one in RECORDED if one.name == name)


def rows(listener: Listener, kind: str) -> list[dict[str, object]]:
    return [row["raw"] for row in listener.data.events.to_dicts() if row["type"] == kind]


def test_a_tool_that_the_server_runs_can_be_followed() -> None:
    talk = listen(recorded("a served tool")).protocol.conversation
    tools, request, response, call = (talk.items[i] for i in ("mcpl_1", "mcpr_1", "mcpa_1", "mcp_1"))
    assert [item.status for item in (tools, request, response, call)] == ["completed"] * 4
    assert tools.raw is not None
    assert [tool["name"] for tool in tools.raw.tools] == ["search"]
    assert (request.name, request.arguments) == ("search", '{"query": "anywidget"}')
    assert (call.name, call.arguments, call.output) == ("search", '{"query": "anywidget"}', "found")
    assert response.raw is not None
    assert (response.raw.approval_request_id, response.raw.approve) == ("mcpr_1", True)
    assert [item.id for item in talk] == ["mcpl_1", "u1", "mcpr_1", "mcpa_1", "mcp_1", "a2"]


def test_a_tool_of_the_servers_that_fails_says_why() -> None:
    call = listen(recorded("a served tool that fails")).protocol.conversation.items["mcp_1"]
    assert (call.status, call.output) == ("failed", None)
    assert call.raw is not None
    assert call.raw.error == {"type": "tool_execution_error", "message": "It broke."}


def test_a_tool_of_the_servers_grows_while_its_arguments_come() -> None:
    listener = Listener()
    ids = {"response_id": "r", "item_id": "m", "output_index": 0}
    kind = "response.mcp_call_arguments"
    listener.take(t.event(f"{kind}.delta", **ids, delta='{"a"'))
    item = listener.item("m")
    assert (item.kind, item.status, item.arguments) == ("mcp_call", "in_progress", '{"a"')
    listener.take(t.event(f"{kind}.done", **ids, arguments='{"a":1}'))
    listener.take(t.event(f"{kind}.delta", **ids, delta="late"))
    assert item.arguments == '{"a":1}'
    assert not item.is_turn
    assert list(listener.data.transcript) == []


def test_keys_of_a_telephone_are_recorded() -> None:
    listener = listen(recorded("telephone"))
    [key] = rows(listener, "input_audio_buffer.dtmf_event_received")
    assert (key["event"], key["received_at"]) == ("5", 1_790_000_000.5)


def test_who_spoke_when_is_recorded_and_kept_with_the_turn() -> None:
    listener = listen(recorded("speakers"))
    raw = rows(listener, "conversation.item.input_audio_transcription.segment")
    assert [(row["speaker"], row["start"], row["end"]) for row in raw] == [("A", 0.0, 1.1), ("B", 1.2, 2.0)]
    (wording,) = listener.item("u1").wordings
    assert [tuple(one) for one in wording.segments] == [
        ("A", 0.0, 1.1, "Shall we?"),
        ("B", 1.2, 2.0, "We shall."),
    ]


def test_silence_that_was_committed_is_nobodys_turn_and_the_answer_to_it_is_one() -> None:
    listener = listen(recorded("silence"))
    assert [turn.id for turn in listener.data.transcript] == ["u1", "a1", "a2"]
    assert listener.item("u2").hidden
    assert rows(listener, "input_audio_buffer.timeout_triggered")


def test_messages_of_one_response_are_turns_with_sound_of_their_own() -> None:
    listener = listen(recorded("half"))
    one, other = (turn for turn in listener.data.transcript if turn.response_id == "r1")
    assert (one.text, other.text) == ("The first half.", "And the")
    assert one.audio.to_pcm() != other.audio.to_pcm()
    assert [one.audio_ms, other.audio_ms] == [20, 20]


def test_an_aside_is_no_turn_and_can_be_read() -> None:
    listener = listen(recorded("aside"))
    assert "A title" not in listener.data.transcript.text
    assert listener.item("x1").text == "A title"
    assert "r9" in set(listener.data.usage.df.response_id)
