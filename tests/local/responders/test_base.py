from realtime_widget.local.responders.base import Request, Responder, item_text
from realtime_widget.local.responders.demo import DemoResponder
from realtime_widget.protocol.objects import ContentPart, Item


def user(*words: str) -> Item:
    parts = [ContentPart(type="input_audio", transcript=word) for word in words]
    return Item(type="message", role="user", content=parts)


def test_text_is_the_newest_input() -> None:
    call = Item(type="function_call", call_id="c", name="f", arguments="{}")
    output = Item(type="function_call_output", call_id="c", output="5")
    assert Request().text == ""
    assert Request(items=(user("a", "b"),)).text == "a b"
    assert Request(items=(user("a"), call, output, output)).text == "5\n5"
    assert Request(items=(user("a"), call, output, user("c"))).text == "c"


def test_text_of_an_item_without_words_is_empty() -> None:
    assert item_text(Item(type="message", role="user", content=[ContentPart(type="input_image")])) == ""


def test_responders_are_known_by_their_method() -> None:
    assert isinstance(DemoResponder(), Responder)
    assert not isinstance(print, Responder)
