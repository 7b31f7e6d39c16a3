import pytest

from realtime_widget.config import check_keywords
from realtime_widget.config.checks import check_text
from realtime_widget.errors import ConfigError


def test_unknown_options_name_the_nearest_and_all() -> None:
    check_keywords({"one": 1}, ["one", "two"])
    with pytest.raises(ConfigError, match="Valid options: one, two") as caught:
        check_keywords({"tow": 1}, ["two", "one"])
    assert "Did you mean 'two'?" in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        check_keywords({"zzz": 1}, ["two", "one"])
    assert "Did you mean" not in str(caught.value)


def test_a_text_is_a_string_with_something_in_it() -> None:
    check_text("model", "gpt")
    check_text("prompt", "", empty=True)
    with pytest.raises(ConfigError, match="model must not be empty"):
        check_text("model", " ")
    with pytest.raises(ConfigError, match="prompt must be a string, not 7"):
        check_text("prompt", 7, empty=True)
