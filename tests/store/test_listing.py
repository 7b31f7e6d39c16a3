"""Search: any language, no wildcards, the words around."""

from dataclasses import replace

import pytest

from realtime_widget import Store
from realtime_widget.store.listing import SNIPPET, snippet
from realtime_widget.store.rows import fold

from .writing import made_up, put

SAID = (
    "The total is 100% of_it\\all, says Großvater ÜBEL",
    "Es kostet 1000 Euro in der STRASSE",
    "Ποιος είναι, πες, ΣΚΟΠΌΣ;",
    "привет Мир, как дела",
    "日本語で話しましょう ｶﾀｶﾅ",
    "I said: blue whale\n and 'quotes' \"double\" 🎉",
    "whale of a blue time",
)


@pytest.fixture
def store(url: str):  # type: ignore[no-untyped-def]
    talk = made_up(8, id="aa" * 16)
    turns = [replace(turn, text=text) for turn, text in zip(talk.turns, SAID, strict=False)]
    with Store(url) as store:
        put(store, replace(talk, turns=tuple(turns)))
        yield store


def test_search_finds_what_was_said_and_nothing_else(store: Store) -> None:
    found = {
        "100%": [0], "of_it": [0], "it\\all": [0], "of it": [0], "übel": [0], "GROSSVATER": [0],
        "straße": [1], "σκοπός": [2], "ПРИВЕТ мир": [3], "話し": [4], "カタカナ": [4], "🎉": [5],
        "blue whale": [5, 6], '"blue whale"': [5], '"whale and" blue': [5], "'quotes'": [5],
        "100% %": [0], "%": [0], "_": [0], "nothing": [],
    }  # fmt: skip
    assert {each: [hit.turn for hit in store.search(each)] for each in found} == found


def test_hits_are_a_table_that_joins_with_the_conversations(store: Store) -> None:
    put(store, made_up(4, id="bb" * 16, title="Second"))
    hits = store.search("whale", role="user", limit=1)
    frame = hits.df
    assert len(hits) == 1 and frame["turn"].tolist() == [6]
    assert list(frame.columns)[:4] == ["conversation_id", "turn", "role", "text"]
    merged = frame.merge(store.conversations.df, left_on="conversation_id", right_on="id")
    assert merged["n_turns"].tolist() == [7]
    assert str(store.search("zebra").df["turn"].dtype) == "Int64" and "1 hit" in hits._repr_html_()
    assert len(store.search("rome", limit=None)) == len(store.search("rome"))
    both = {hit.conversation_id for hit in store.search("e")}
    assert both == {"aa" * 16, "bb" * 16}
    assert store.load(hits[0].conversation_id).turns[hits[0].turn].text == hits[0].text


@pytest.mark.parametrize(
    ("text", "sought", "expected"),
    [
        ("short words", "words", "short words"),
        ("a " * 100 + "NEEDLE" + " b" * 100, "needle", "…" + "a " * 19 + "NEEDLE" + " b" * 19 + "…"),
        ("Straße", "STRASSE", "Straße"),
        ("x" * 300, "nothing", "x" * SNIPPET + "…"),
    ],
)
def test_a_snippet_shows_what_was_found_and_the_words_around(text: str, sought: str, expected: str) -> None:
    assert snippet(text, [fold(sought)]) == expected
