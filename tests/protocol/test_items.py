from realtime_widget.protocol.items import ItemState, PartState
from realtime_widget.protocol.objects import ContentPart, Item


def state() -> ItemState:
    return ItemState("i", "message", 0.0, 0.0)


def test_final_words_replace_pieces_and_are_never_replaced() -> None:
    part = PartState(text="Hel")
    part.take(ContentPart(type="output_audio", transcript=""), final=False)
    assert part.text == "Hel"
    part.take(ContentPart(type="output_audio", transcript="Hello"), final=True)
    part.take(ContentPart(type="output_audio", transcript="Bye"), final=True)
    assert (part.text, part.final, part.is_audio) == ("Hello", True, True)


def test_a_users_sound_is_final_only_with_its_words() -> None:
    part = PartState()
    part.take(ContentPart(type="input_audio"), final=True)
    assert not part.final
    part.take(ContentPart(type="input_audio", transcript="Hi"), final=True)
    assert part.final


def test_the_words_of_all_parts_are_the_items() -> None:
    item = state()
    item.part(1).text = " two "
    item.part(None).text = "one"
    item.part(2)
    assert item.text == "one two"


def test_the_first_final_status_stays() -> None:
    item = state()
    item.finish("in_progress")
    assert item.status == "in_progress"
    item.finish("incomplete")
    item.finish("completed")
    assert item.status == "incomplete"


def test_what_is_missing_takes_nothing_away() -> None:
    item = state()
    item.take(Item(type="function_call", name="f", call_id="c", arguments='{"a"'), final=False)
    item.take(Item(arguments='{"a":1}', status="completed"), final=True)
    assert (item.kind, item.name, item.call_id, item.arguments) == ("function_call", "f", "c", '{"a":1}')
    assert (item.status, item.own_status) == ("completed", "completed")


def test_outputs_are_text() -> None:
    item = state()
    item.take(Item(type="function_call_output", output={"a": 1}), final=True)
    assert item.output == "{'a': 1}"
    assert item.own_status is None


def test_only_messages_that_people_should_see_are_turns() -> None:
    assert state().is_turn
    for change in ({"hidden": True}, {"out_of_band": True}, {"kind": "function_call"}):
        item = state()
        for name, value in change.items():
            setattr(item, name, value)
        assert not item.is_turn


def test_doubt_about_one_part_is_doubt_about_all() -> None:
    item = state()
    assert not item.uncertain
    item.part(3).uncertain = True
    assert item.uncertain
