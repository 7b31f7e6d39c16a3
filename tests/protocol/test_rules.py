"""`RULES.md`: no rule of the API is missing in it, and every test that it names is there."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime_widget.protocol.commands import COMMAND_TYPES
from realtime_widget.protocol.events import EVENT_TYPES

from .test_problems import JUDGED

TESTS = Path(__file__).parent.parent
TABLE = Path(__file__).with_name("RULES.md")
N_PITFALLS = 46
SECTIONS = {
    "2": 23, "3": 17, "4.1": 11, "4.2": 8, "5": 3, "6.1": 2, "6.2": 10, "6.3": 5, "6.4": 5, "8": 8,
}  # fmt: skip
SEQUENCES = "abcdefghijkl"
CODES = [code for codes in JUDGED.values() for code in codes]


def rows() -> Iterator[tuple[str, str, list[str]]]:
    """Each line of the tables: its number, its rule, the tests."""
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and re.match(r"[1-9]", cells[0]):
            yield cells[0], cells[1], re.findall(r"`([^`]+)`", cells[2])


@functools.cache
def names_in(path: Path) -> frozenset[str]:
    text = path.read_text()
    if path.suffix == ".ts":
        return frozenset(re.findall(r"""\b(?:it|test)(?:\.each\([^)]*\))?\(\s*["'`](.+?)["'`],""", text))
    tree = ast.parse(text).body
    return frozenset(node.name for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(("number", "rule", "named"), list(rows()), ids=[number for number, _, _ in rows()])
def test_each_rule_is_held_by_tests_that_are_there(number: str, rule: str, named: list[str]) -> None:
    assert rule
    assert named, f"nothing holds rule {number}"
    for name in named:
        file, _, test = name.partition("::")
        path = (TESTS.parent if file.startswith("js/") else TESTS) / file
        assert path.exists(), f"{number}: no such file: {file}"
        assert test in names_in(path), f"{number}: no such test: {name}"


def test_no_rule_is_missing_and_none_is_there_twice() -> None:
    expected = [str(number) for number in range(1, N_PITFALLS + 1)]
    for section, count in SECTIONS.items():
        if section == "5":
            expected += [f"4.3.{letter}" for letter in SEQUENCES]
        expected += [f"{section}.{number}" for number in range(1, count + 1)]
    assert [number for number, _, _ in rows()] == expected


def test_every_event_command_and_error_code_is_in_some_rule() -> None:
    rules = [(number, set(re.findall(r"`([^`]+)`", rule))) for number, rule, _ in rows()]

    def missing(section: str, names: list[str]) -> set[str]:
        return set(names) - set().union(*(told for number, told in rules if number.startswith(section)))

    assert missing("4.1.", list(EVENT_TYPES)) == set()
    assert missing("3.", list(COMMAND_TYPES)) == set()
    assert missing("6.2.", CODES) == set()
