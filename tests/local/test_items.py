import pytest

from realtime_widget.local.items import accept_item, new_id, wire_item, wire_part
from realtime_widget.local.refusal import Refusal
from realtime_widget.protocol.objects import ContentPart, Item


def test_ids_fit_the_limit_and_differ() -> None:
    assert len(new_id("event")) <= 32
    assert new_id("item") != new_id("item")


def test_accepted_items_are_complete() -> None:
    call = accept_item(Item(type="function_call", name="f", arguments="{}"))
    assert call.id is not None
    assert call.call_id is not None
    assert (call.object, call.status) == ("realtime.item", "completed")
    assert accept_item(Item(type="message", id="a", role="user", content=[])).id == "a"


@pytest.mark.parametrize(
    ("item", "param"),
    [
        (Item(), "item.type"),
        (Item(type="item_reference"), "item.type"),
        (Item(type="function_call", name="f"), "item.arguments"),
        (Item(type="function_call_output", call_id="c", output={"a": 1}), "item.output"),
        (Item(type="message", role="user", content=[ContentPart()]), "item.content[0].type"),
        (
            Item(type="message", role="user", content=[ContentPart(type="input_audio")]),
            "item.content[0].audio",
        ),
        (
            Item(
                type="message",
                role="assistant",
                content=[ContentPart(type="output_audio", transcript="x", audio=b"")],
            ),
            "item.content[0].audio",
        ),
        (Item(type="function_call_output", call_id="c" * 33, output="x"), "item.call_id"),
    ],
)
def test_wrong_items(item: Item, param: str) -> None:
    with pytest.raises(Refusal) as caught:
        accept_item(item)
    assert caught.value.param == param


def test_items_on_the_wire() -> None:
    item = Item(
        type="message",
        id="a",
        role="user",
        content=[ContentPart(type="input_audio"), ContentPart(type="input_image", image_url="data:x")],
    )
    assert wire_item(item, audio={0: b"x"}) == {
        "id": "a",
        "type": "message",
        "status": "completed",
        "object": "realtime.item",
        "role": "user",
        "content": [
            {"type": "input_audio", "transcript": None, "audio": b"x"},
            {"type": "input_image", "image_url": "data:x", "detail": "auto"},
        ],
    }
    assert wire_part("text", "x") == {"type": "text", "text": "x"}
    assert wire_part("audio", "x") == {"type": "audio", "transcript": "x"}
