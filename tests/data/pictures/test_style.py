import pytest
from matplotlib.figure import Figure

from realtime_widget.data.pictures.style import DARK, LIGHT, Theme, clock, dress, label, theme_of, time_axis
from realtime_widget.errors import ConfigError


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_readable_and_bars_visible(theme: Theme) -> None:
    for ink in (theme.ink, theme.soft, theme.failure, theme.gap):
        assert contrast(ink, theme.paper) >= 4.5
    for fill in (theme.user, theme.assistant, theme.system, theme.tool):
        assert contrast(fill, theme.paper) >= 3
        assert contrast(theme.on(fill), fill) >= 4.5


def test_a_theme_is_that_of_the_axes_unless_it_is_named() -> None:
    assert theme_of("auto") is LIGHT and theme_of("dark") is DARK
    dark = Figure(facecolor="black").subplots()
    dark.patch.set_visible(False)
    dark.set_facecolor("none")
    assert theme_of("auto", dark) is DARK and theme_of("light", dark) is LIGHT
    assert theme_of("auto", Figure(facecolor="black").subplots(subplot_kw={"facecolor": "white"})) is LIGHT
    with pytest.raises(ConfigError, match="'auto', 'light', 'dark'"):
        theme_of("sepia")


@pytest.mark.parametrize(
    ("ms", "step_ms", "told"),
    [
        (0, 1000, "0:00"),
        (65_400, 1000, "1:05"),
        (59_999.9, 1000, "1:00"),
        (3_725_000, 1000, "1:02:05"),
        (-1500, 500, "−0:01.5"),
        (-0.1, 1000, "0:00"),
        (1250, 50, "0:01.25"),
    ],
)
def test_a_clock_is_read_as_people_write_it(ms: float, step_ms: float, told: str) -> None:
    assert clock(ms, step_ms=step_ms) == told


@pytest.mark.parametrize("length_ms", [0, 0.5, 7, 1300, 65_000, 3_600_000, 40 * 86_400_000])
def test_an_axis_of_time_has_a_few_ticks_whatever_its_length(length_ms: float) -> None:
    ax = Figure().subplots()
    time_axis(ax, 1000, 1000 + length_ms)
    low, high = ax.get_xlim()
    assert 1 <= len([tick for tick in ax.get_xticks() if low <= tick <= high]) <= 11
    ax.get_figure().canvas.draw()


def test_words_of_people_are_no_formulas() -> None:
    ax = Figure().subplots()
    dress(ax, LIGHT, title="It costs $5_$ or $x^", grid="y")
    text = label(ax, 0, 0, "$\\alpha and {", color="red")
    assert not text.get_parse_math() and text.get_color() == "red"
    ax.get_figure().canvas.draw()
