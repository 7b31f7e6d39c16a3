import time

import numpy as np
import pytest

from realtime_widget.audio import Clip, Mark, Recording
from realtime_widget.data.pictures.style import DARK, LIGHT
from realtime_widget.data.pictures.waveform import MOST_COLUMNS, waveform
from realtime_widget.errors import ConfigError

pytest.importorskip("matplotlib")

MARKS = (
    Mark(0, "user", 200, 1800, "How many rows are there for $x$ in <b>Rome</b>?"),
    Mark(1, "assistant", 2300, 5000, "There are three rows, and the largest", interrupted=True),
    Mark(2, "user", 4700, 6500, "東京は"),
    Mark(3, "assistant", 7000, 7400, "Five."),
    Mark(4, "system", 7500, 7500, "noted"),
)


def recording(n_ms: int = 8_000) -> Recording:
    times = np.arange(n_ms * 24)
    sound = np.zeros((len(times), 2), np.int16)
    for mark in MARKS[:4]:
        span = slice(int(mark.start_ms * 24), int(mark.end_ms * 24))
        tone = 9000 * np.sin(times[span] * 0.03) * np.abs(np.sin(times[span] * 0.0004))
        sound[span, int(mark.role == "assistant")] = tone
    return Recording(sound, 24_000, MARKS)


def words_in(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_a_recording_has_two_lanes_and_its_turns() -> None:
    picture = recording().plot()
    (ax,) = picture.axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["user", "assistant"]
    assert picture.alt == "Recording: 8.0 s · 24 kHz · stereo · 5 turns · 1 interruption"
    written = words_in(ax)
    assert any(words.startswith("How many") for words in written)
    assert any(words.startswith("There are") for words in written)
    assert picture.png().startswith(b"\x89PNG")
    assert "<svg" in picture.svg()


@pytest.mark.parametrize(("channels", "names"), [(1, [""]), (2, ["left", "right"]), (3, ["channel 0"])])
def test_other_clips_have_a_lane_for_each_channel(channels: int, names: list[str]) -> None:
    shape = 2400 if channels == 1 else (2400, channels)
    picture = Clip(np.zeros(shape, np.int16)).plot(theme="dark")
    (ax,) = picture.axes
    ticks = [tick.get_text() for tick in ax.get_yticklabels()]
    assert len(ticks) == channels
    assert ticks[: len(names)] == names
    assert picture.png()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_it_draws_into_axes_too(theme) -> None:
    from matplotlib.figure import Figure

    figure = Figure(facecolor=theme.paper)
    ax = figure.add_subplot(facecolor=theme.paper)
    assert recording().plot(ax) is ax
    figure.canvas.draw()
    assert ax.texts[0].get_color() == theme.ink


def test_nothing_is_drawn_where_nothing_was_said() -> None:
    for clip in (Clip(np.zeros(0, np.int16)), Recording(np.zeros((0, 2), np.int16)), recording()[:1]):
        assert waveform(clip).png()
    assert "no sound" in words_in(Clip(np.zeros(0, np.int16)).plot().axes[0])


def test_wrong_themes_are_named() -> None:
    with pytest.raises(ConfigError, match="light"):
        recording().plot(theme="neon")


def test_long_sound_is_drawn_from_its_outline() -> None:
    long = Recording(np.zeros((20 * 60_000 * 24, 2), np.int16), 24_000, MARKS)
    begin = time.perf_counter()
    (ax,) = long.plot().axes
    assert all(len(c.get_paths()[0].vertices) < 3 * MOST_COLUMNS for c in ax.collections if c.get_paths())
    assert time.perf_counter() - begin < 20


def test_many_turns_are_no_obstacle() -> None:
    marks = tuple(Mark(n, ("user", "assistant")[n % 2], n * 20, n * 20 + 15, "word") for n in range(400))
    picture = Recording(np.zeros((8_000 * 24, 2), np.int16), 24_000, marks).plot()
    assert len(words_in(picture.axes[0])) < 60
