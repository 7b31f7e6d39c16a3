import copy
import inspect
import pickle
from pathlib import Path

import pytest

from realtime_widget import errors

KINDS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.RealtimeError)
]


README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_says_what_to_do(kind: type[errors.RealtimeError]) -> None:
    row = [line for line in README.splitlines() if f"| `{kind.__name__}` |" in line]
    assert len(row) == 1
    unnamed = (errors.RealtimeError, errors.SessionError)  # bases, each with several codes
    assert f"`{kind.default_code}`" in row[0] or kind in unnamed


def test_the_public_names_are_the_classes() -> None:
    assert sorted(kind.__name__ for kind in KINDS) == sorted(errors.__all__)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tree_at_the_top_of_the_file_is_the_tree(kind: type[errors.RealtimeError]) -> None:
    assert errors.__doc__ is not None
    lines = [line for line in errors.__doc__.splitlines() if kind.__name__ in line.split()]
    assert len(lines) == 1
    depth = max(lines[0].find("├"), lines[0].find("└"))
    assert (depth == -1) == (kind is errors.RealtimeError)
    parent = kind.__mro__[1]
    assert (depth > 4) == (parent not in (errors.RealtimeError, Exception))


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_says_what_happened_and_what_to_do(kind: type[errors.RealtimeError]) -> None:
    error = kind("It broke.", remedy="Mend it.", request_id="req", retry_after=2.5, recoverable=True)
    assert str(error) == "It broke. Mend it."
    assert (error.message, error.remedy) == ("It broke.", "Mend it.")
    assert (error.request_id, error.retry_after, error.recoverable) == ("req", 2.5, True)
    assert str(kind("It broke.")) == "It broke."


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_has_the_servers_code_or_its_own(kind: type[errors.RealtimeError]) -> None:
    assert kind("x").code == kind.default_code
    assert kind("x", code="theirs").code == "theirs"
    assert (kind.default_code is None) == (kind is errors.RealtimeError)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_copies(kind: type[errors.RealtimeError]) -> None:
    error = kind("It broke.", remedy="Mend it.", code="c", retry_after=1.0)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind
        assert str(twin) == str(error)
        assert (twin.code, twin.retry_after) == ("c", 1.0)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.ConfigError, ValueError),
        (errors.AudioError, ValueError),
        (errors.WaitTimeoutError, TimeoutError),
        (errors.FileError, OSError),
        (errors.FileFormatError, ValueError),
        (errors.MissingKeyError, errors.EngineError),
        (errors.ToolArgumentsError, errors.ToolError),
    ],
)
def test_code_that_knows_nothing_of_us_can_catch_it(kind: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(kind, builtin)
