import pytest

from realtime_widget.errors import ConfigError
from realtime_widget.local.responders.chat import ChatResponder
from realtime_widget.local.responders.choose import choose_responder, describe_responder
from realtime_widget.local.responders.demo import DemoResponder
from realtime_widget.local.responders.function import FunctionResponder

from ..support import Script


def test_every_shape() -> None:
    script = Script()
    assert isinstance(choose_responder(None), DemoResponder)
    assert isinstance(choose_responder(str.upper), FunctionResponder)
    assert isinstance(choose_responder("http://127.0.0.1:1/v1"), ChatResponder)
    assert choose_responder(script) is script


@pytest.mark.parametrize("value", [5, "demo", DemoResponder, "ftp://x"])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ConfigError):
        choose_responder(value)


def test_the_note_says_who_answers() -> None:
    assert "no language model" in describe_responder(DemoResponder())
    assert "upper" in describe_responder(FunctionResponder(str.upper))
    assert "127.0.0.1" in describe_responder(ChatResponder("http://127.0.0.1:1/v1"))
    assert "Script" in describe_responder(Script())
