import gc
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import HTML

from realtime_widget.data.display.drawing import MOST_FRAMES, Drawing
from realtime_widget.errors import ConfigError

mpl.use("agg")
say = print


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def drawn(shell: InteractiveShell, function: Callable[..., Any], subject: Any = "the session") -> Any:
    return Drawing(function, lambda: subject).bundle(shell)[0]


def test_whatever_a_cell_can_show(shell: InteractiveShell) -> None:
    assert drawn(shell, lambda: 42) == {"text/plain": "42"}
    assert drawn(shell, lambda: "a text") == {"text/plain": "a text"}
    assert drawn(shell, lambda: None) == {"text/plain": ""}
    assert drawn(shell, lambda: HTML("<b>bold</b>"))["text/html"] == "<b>bold</b>"
    assert "<table" in drawn(shell, lambda: pd.DataFrame({"a": [1]}))["text/html"]
    assert drawn(shell, str.upper, "session") == {"text/plain": "SESSION"}
    assert drawn(shell, lambda one=1: one) == {"text/plain": "1"}


@pytest.mark.parametrize(
    "returns", ["fig", "ax", "(fig, ax)", "None", "line", "ax.hist([1, 2, 2])", "fig.axes", "axes"]
)
def test_a_plot_is_shown_once_whatever_the_function_returns(shell: InteractiveShell, returns: str) -> None:
    import matplotlib.pyplot as plt
    import numpy as np

    def plot() -> Any:
        fig, ax = plt.subplots()
        line = plt.plot([1, 2, 3])
        return eval(returns, {"fig": fig, "ax": ax, "line": line, "axes": np.array([[ax, ax]])})

    made = drawn(shell, plot)
    assert "image/png" in made and "text/html" not in made
    assert plt.get_fignums() == []


def test_figures_without_pyplot_and_several_at_once(shell: InteractiveShell) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    def quietly() -> Figure:
        figure = Figure()
        figure.add_subplot().plot([1, 2])
        return figure

    assert "image/png" in drawn(shell, quietly)

    def two() -> None:
        say("<two>")
        plt.figure()
        plt.figure()

    made = drawn(shell, two)
    assert made["text/html"].count("<img ") == 2 and "&lt;two&gt;" in made["text/html"]


def test_what_it_prints_stands_above(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    def tell() -> int:
        say("<b>first</b>")
        return 2

    made = drawn(shell, tell)
    assert made["text/html"].index("&lt;b&gt;first") < made["text/html"].index(">2<")
    assert made["text/plain"] == "<b>first</b>\n2"
    assert capsys.readouterr() == ("", "")


def test_a_mistake_is_shown_with_the_users_own_line(shell: InteractiveShell) -> None:
    source = "def draw(data):\n    print('so far')\n    return len(data) / 0\n"
    shell.run_cell(source, store_history=True)
    made = drawn(shell, shell.user_ns["draw"])
    assert "so far" in made["text/plain"] and "ZeroDivisionError: division by zero" in made["text/plain"]
    assert "Cell In[1], line 3, in draw\n    return len(data) / 0" in made["text/plain"]
    assert "drawing.py" not in made["text/plain"]

    def deep(n: int = 50) -> None:
        if not n:
            raise ValueError("<deep>")
        deep(n - 1)

    made = drawn(shell, deep)
    assert made["text/plain"].count("line ") <= MOST_FRAMES + 1 and "&lt;deep&gt;" in made["text/html"]


def test_a_drawing_knows_when_its_subject_is_gone() -> None:
    import weakref

    class Session: ...

    session = Session()
    drawing = Drawing(lambda session: 1, weakref.ref(session))
    assert not drawing.gone and drawing(2) == 1 and repr(drawing) == "LiveView(<lambda>)"
    del session
    gc.collect()
    assert drawing.gone


async def coroutine() -> None: ...


@pytest.mark.parametrize("function", [3, None, coroutine, lambda a, b: 1, lambda *, name: 1])
def test_what_cannot_be_drawn_is_refused(function: Any) -> None:
    with pytest.raises(ConfigError, match=r"live\(\)"):
        Drawing(function, lambda: 1)
