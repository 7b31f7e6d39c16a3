from realtime_widget.data.words import plain


def test_halves_of_characters_are_replaced_and_pairs_joined() -> None:
    assert plain("a\ud83dé") == "a\ufffdé" and plain("\ud83d\ude00") == "😀"
    assert plain(["\ud83d", {"a": ("\ud83d", 1, None)}]) == ["\ufffd", {"a": ["\ufffd", 1, None]}]
