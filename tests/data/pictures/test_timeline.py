import threading

import pytest
from matplotlib.figure import Figure

from realtime_widget.data import StillData
from realtime_widget.data.pictures.timeline import timeline, timeline_into
from realtime_widget.errors import ConfigError
from tests.data.conversations import Maker, conversation


def words_of(figure: Figure) -> list[str]:
    return [text.get_text() for ax in figure.axes for text in ax.texts] + [
        text.get_text() for text in figure.texts
    ]


@pytest.mark.parametrize(
    ("n_turns", "theme"), [(0, "dark"), (2, "light"), (12, "dark"), (200, "light"), (10_000, "dark")]
)
def test_a_conversation_of_any_length_is_drawn(n_turns: int, theme: str) -> None:
    picture = timeline(StillData(conversation(n_turns, seed=3)), theme=theme, title="My $talk_1$")
    assert "My $talk_1$" in words_of(picture) and picture.alt.startswith("My $talk_1$: ")
    assert ("Nothing was said yet" if not n_turns else f"{n_turns} turns in ") in picture.alt
    assert len(picture.png(1)) < 400_000 and picture.size[0] == 960 and picture.size[1] < 1200


@pytest.mark.parametrize("title", ["\ud800 half", "\x00\x1b[31m\n", "日本語 👍🏽 $x^{", "   "])
def test_any_title_is_written(title: str) -> None:
    picture = timeline(StillData(conversation(2)), title=title)
    assert picture.png(1).startswith(b"\x89PNG") and picture.alt.encode()


def test_it_tells_words_calls_waits_and_what_went_wrong() -> None:
    maker = Maker()
    maker.ask("How many rows?")
    maker.answer("There are 312 of them in Rome.", calls=(("rows", "failed"),))
    maker.lose()
    maker.ask("And 日本?")
    maker.answer("That is a question which takes its time", cut_at=0.3)
    maker.turn("assistant", "Now ", maker.ms + 600, None)
    picture = timeline(StillData(maker.conversation()))
    words = words_of(picture)
    assert "How many rows?" in words and "✕ rows" in words and "reconnected" in words and "…" in words
    assert any(word.endswith(" s") for word in words)
    assert [text.get_text() for text in picture.legends[0].get_texts()] == [
        "cut off, never heard", "wait for the answer", "call without a result", "new connection",
    ]  # fmt: skip
    assert "5 turns" in picture.alt and "1 tool call, 1 without a result" in picture.alt
    picture.png(1)


def test_typed_conversations_have_marks_with_words_behind() -> None:
    picture = timeline(StillData(conversation(8, typed=True)))
    assert "And in Paris?" in words_of(picture)
    picture.png(1)


def test_a_span_is_drawn_alone() -> None:
    data = StillData(conversation(40, seed=3))
    picture = timeline(data, turns=slice(10, 20))
    assert picture.alt.startswith("Conversation: 10 turns")
    start_ms = data.transcript[10].start_ms
    assert picture.axes[0].get_xlim()[0] == pytest.approx(start_ms, abs=5000)


@pytest.mark.parametrize("n_turns", [0, 40, 600])
def test_it_is_drawn_into_axes_of_the_users(n_turns: int) -> None:
    figure = Figure(figsize=(8, 3), facecolor="black")
    ax = figure.subplots()
    ax.set_facecolor("black")
    assert timeline_into(ax, StillData(conversation(n_turns, seed=3))) is ax
    assert ax.get_facecolor() == (0, 0, 0, 1)
    figure.canvas.draw()


@pytest.mark.parametrize("width", [100, 960.5, True, "wide"])
def test_a_width_is_a_number_of_pixels(width: int) -> None:
    with pytest.raises(ConfigError, match="no number of pixels"):
        timeline(StillData(conversation(2)), width=width)


def test_it_is_drawn_on_any_thread_at_once() -> None:
    data = StillData(conversation(8, seed=3))
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(timeline(data).png(1))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1 and len(made) == 4


def test_settings_of_matplotlib_change_nothing_that_was_said() -> None:
    import matplotlib

    wild = {
        "text.usetex": True,
        "axes.grid": True,
        "figure.constrained_layout.use": True,
        "text.color": "red",
    }
    data = StillData(conversation(4))
    with matplotlib.rc_context(wild):
        picture = timeline(data, title="100 % of $x_")
        assert not any(text.get_usetex() for ax in picture.axes for text in ax.texts)
        assert picture.get_layout_engine() is None
    with matplotlib.rc_context({"figure.facecolor": "black"}):
        assert timeline(data).get_facecolor()[:3] == timeline(data, theme="dark").get_facecolor()[:3]
