import json

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch

from .drive import Talk


def again(talk: Talk) -> None:
    talk.protocol.connection_lost()
    talk.protocol.connection_opened()
    talk.feed(t.session_created(), t.session_updated())
    talk.changes()
    talk.sent()


def test_a_server_that_counts_from_one_again_changes_no_earlier_turn() -> None:
    talk = Talk()
    talk.feed(t.audio_response("Hello", item_id="item_1", response_id="resp_1"))
    again(talk)
    talk.protocol.respond("second")
    talk.feed(t.audio_response("Goodbye", item_id="item_1", response_id="resp_1"))
    texts = [item.text for item in talk.protocol.conversation if item.is_turn]
    assert texts == ["Hello", "Goodbye"]
    assert [change.key for change in talk.changes(ch.AnswerFinished)] == ["second"]


def test_calls_are_answered_under_the_ids_that_the_server_knows() -> None:
    talk = Talk()
    call = t.call_response(t.function_call("f", {}, call_id="call_1", item_id="item_1"), response_id="resp_1")
    talk.feed(call)
    [first] = talk.changes(ch.CallReady)
    talk.protocol.tool_output(first.call_id, "1")
    again(talk)
    talk.feed(call)
    [second] = talk.changes(ch.CallReady)
    assert second.call_id != first.call_id
    talk.protocol.tool_output(second.call_id, "2")
    [created] = talk.sent("conversation.item.create")
    assert (created["item"]["call_id"], created["item"]["output"]) == ("call_1", "2")


def test_cuts_name_the_item_as_the_server_does() -> None:
    talk = Talk()
    response = t.audio_response("Hello there", item_id="item_1", response_id="resp_1")
    talk.feed(response)
    again(talk)
    talk.protocol.playback.attach(True, 0)
    talk.feed(response)
    [item] = [item for item in talk.protocol.conversation if item.id.endswith("~2")]
    talk.protocol.playback.report(item.id, 0, 24 * 50, 10)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    [cut] = talk.sent("conversation.item.truncate")
    assert (cut["item_id"], cut["audio_end_ms"]) == ("item_1", 50)


def test_ids_of_the_first_connection_stay_as_they_are() -> None:
    talk = Talk()
    talk.feed(t.audio_response("Hello", item_id="item_1", response_id="resp_1"))
    assert "item_1" in talk.protocol.conversation.items
    assert not [entry for entry in talk.protocol.events_received() if "~" in json.dumps(entry.raw)]
