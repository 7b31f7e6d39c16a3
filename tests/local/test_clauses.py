import pytest

from realtime_widget.local.clauses import first_clause, split_clause, to_verb


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("Returns the number of rows. More text.", "returns the number of rows"),
        ("This tool can be used to fetch the weather for a city (in C).", "fetch the weather for a city"),
        ("Set the volume, from 0 to 10.", "set the volume"),
        ("", ""),
    ],
)
def test_a_description_speaks_in_its_first_clause(description: str, words: str) -> None:
    assert " ".join(first_clause(description)) == words


@pytest.mark.parametrize(
    ("clause", "verb", "rest"),
    [
        ("returns the number of rows", "return", "the number of rows"),
        ("look up an order", "look", "up an order"),
        ("number of rows for a city", None, "number of rows for a city"),
    ],
)
def test_a_clause_begins_with_its_verb_or_names_a_thing(clause: str, verb: str | None, rest: str) -> None:
    assert split_clause(clause.split()) == (verb, rest.split())


def test_verbs_lose_the_s_of_the_third_person() -> None:
    assert [to_verb(word) for word in ("rolls", "fetches", "applies", "get")] == [
        "roll", "fetch", "apply", "get",
    ]  # fmt: skip
