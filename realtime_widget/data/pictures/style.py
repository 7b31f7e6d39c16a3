"""How all pictures look: colours that colour-blind people tell apart, ink that is readable, axes of time.

matplotlib is imported when a picture is asked for. pyplot never is: its figures belong to one thread and to a
notebook's settings, and these are drawn by whoever asks.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError
from .writing import write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = [
    "DARK", "HATCH", "LIGHT", "THEMES", "Theme", "clock", "dress", "figure_of", "head", "label",
    "need_matplotlib", "px_per_dot",
    "theme_of", "time_axis",
]  # fmt: skip

THEMES = ("auto", "light", "dark")
HATCH = "////"
"""What was cut off and never heard: a pattern says it to those who see no difference of colour."""
FONT_SIZE = 9.0
SMALL = 8.0
STEPS_MS = (
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
    600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 43_200_000, 86_400_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours of a picture; hues of Okabe and Ito, each 3 to 1 on the paper.

    Attributes:
        paper: The background.
        ink: Words and what matters.
        soft: Words that matter less; still 4.5 to 1 on `paper`.
        line: Lines of a grid.
        user, assistant, system, tool: Who speaks or works.
        failure: What went wrong.
        gap: Time that someone waited.
    """

    name: str
    paper: str
    ink: str
    soft: str
    line: str
    failure: str
    gap: str
    user: str = "#0072B2"
    assistant: str = "#E69F00"
    system: str = "#8A8A8A"
    tool: str = "#009E73"

    def of(self, role: str) -> str:
        """Return the colour of a side."""
        return {"user": self.user, "assistant": self.assistant}.get(role, self.system)

    def on(self, color: str) -> str:
        """Return the ink that is readable on a colour."""
        return "#FFFFFF" if _luminance(color) < 0.18 else "#16181B"


LIGHT = Theme(
    name="light",
    paper="#FFFFFF",
    ink="#1F2328",
    soft="#59636E",
    line="#D9DEE3",
    failure="#C0392B",
    gap="#A3487A",
    assistant="#CF8000",
)
DARK = Theme(
    name="dark", paper="#141517", ink="#E6E8EB", soft="#A2A9B1", line="#34383E", failure="#FF8A75",
    gap="#E29AC3", user="#2F93D1",
)  # fmt: skip


def figure_of(ax: Axes) -> Any:
    """Return the whole figure that axes are in, or None; releases of matplotlib differ in how they tell."""
    figure: Any = ax.get_figure()
    return getattr(figure, "figure", figure)


def px_per_dot(ax: Axes) -> float:
    """Return how many pixels of a screen a dot of the axes' figure is."""
    figure = figure_of(ax)
    return 1.0 if figure is None else 100 / float(figure.dpi)


def need_matplotlib() -> None:
    """Raise ConfigError where there is no matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        raise ConfigError(
            "Pictures need matplotlib.", remedy='Install it: pip install "realtime-widget[data]".'
        )


def theme_of(name: str, ax: Axes | None = None) -> Theme:
    """Return a theme by its name.

    Args:
        name: `light`, `dark`, or `auto`: that of the axes, else of matplotlib's own settings, which a style
            such as `dark_background` changes.
        ax: The axes that are drawn into.

    Raises:
        ConfigError: Another name.
    """
    if name not in THEMES:
        raise ConfigError(
            f"There is no theme {name!r}.", remedy=f"Use one of {', '.join(map(repr, THEMES))}."
        )
    if name != "auto":
        return DARK if name == "dark" else LIGHT
    return DARK if _luminance(_background(ax)) < 0.18 else LIGHT


def _background(ax: Axes | None) -> Any:
    import matplotlib
    from matplotlib.colors import to_rgba

    figure = None if ax is None else figure_of(ax)
    below = [part.get_facecolor() for part in (ax, figure) if part is not None]
    below.append(matplotlib.rcParams["figure.facecolor"])
    # What can be seen through isn't the background.
    return next((color for color in below if to_rgba(color)[3] > 0.5), "#FFFFFF")


def _luminance(color: Any) -> float:
    from matplotlib.colors import to_rgb

    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# -- axes ------------------------------------------------------------------------------------------------


def dress(ax: Axes, theme: Theme, *, title: str = "", grid: str | None = "x") -> None:
    """Give axes the looks of the house: no frame, a soft grid (`x`, `y` or none), the title to the left."""
    if getattr(figure_of(ax), "alt", None) is not None:
        ax.set_facecolor("none")  # on our own paper; in a figure of the user's the user's background stays
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(colors=theme.soft, labelsize=SMALL, length=0, which="both")
    ax.set_axisbelow(True)
    ax.grid(False)
    if grid is not None:
        ax.grid(True, axis="x" if grid == "x" else "y", color=theme.line, linewidth=0.8)
    if title:
        heading(ax, title, theme)


def heading(ax: Axes, title: str, theme: Theme) -> None:
    """Write a heading over axes."""
    words, families = write(title, limit=120)
    text = ax.set_title(words, loc="left", fontsize=11, fontweight=_weight(words), color=theme.ink, pad=10)
    text.set_parse_math(False)
    text.set_usetex(False)
    text.set_fontfamily(families)


def head(picture: Figure, theme: Theme, title: str, words: str) -> None:
    """Write a heading and a line of facts at the top of a whole picture."""
    width, height = picture.get_size_inches()
    limit = int(width * 9)
    clean, families = write(title, limit=limit)
    looks: dict[str, Any] = {"parse_math": False, "usetex": False, "va": "center"}
    picture.text(
        0.16 / width, 1 - 0.22 / height, clean, fontsize=11.5, fontweight=_weight(clean), color=theme.ink,
        fontfamily=families, **looks,
    )  # fmt: skip
    facts, families = write(words, limit=int(width * 13))
    place = (0.16 / width, 1 - 0.45 / height)
    picture.text(*place, facts, fontsize=8.5, color=theme.soft, fontfamily=families, **looks)


def _weight(words: str) -> str:
    # Few fonts have their rarer letters in bold too.
    return "bold" if max(map(ord, words), default=0) < 0x250 else "normal"


def label(ax: Axes, x: float, y: float, words: str, *, limit: int = 200, **options: Any) -> Text:
    """Write words that people or models made: no formula is read into them, and any script may occur.

    Args:
        ax: Where.
        x: Place, in the data's coordinates (unless `transform` says other).
        y: Place.
        words: What; one line of it.
        limit: The longest it may be, in characters.
        options: What `Axes.text` takes.
    """
    clean, families = write(words, limit=limit)
    settings = {
        "fontsize": SMALL, "va": "center", "parse_math": False, "usetex": False, "fontfamily": families,
    }  # fmt: skip
    return ax.text(x, y, clean, **{**settings, **options})


def time_axis(ax: Axes, start_ms: float, end_ms: float, *, most: int = 10) -> None:
    """Let the x axis be milliseconds of a session from one moment to another, told as minutes and seconds."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    end_ms = max(end_ms, start_ms + 1)
    wanted_ms = (end_ms - start_ms) / most
    step_ms = next((step for step in STEPS_MS if step >= wanted_ms), 0) or STEPS_MS[-1] * (
        1 + wanted_ms // STEPS_MS[-1]
    )
    ax.set_xlim(start_ms, end_ms)
    ax.xaxis.set_major_locator(MultipleLocator(step_ms))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda ms, _: clock(ms, step_ms=step_ms)))


def clock(ms: float, *, step_ms: float = 1000) -> str:
    """Return a moment as people write it: `0:05`, `1:02:03`; with fractions where steps are small."""
    digits = 0 if step_ms >= 1000 else 1 if step_ms >= 100 else 2 if step_ms >= 10 else 3
    seconds = round(ms / 1000, digits)
    sign = "−" if seconds < 0 else ""
    minutes, seconds = divmod(abs(seconds), 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 3 + digits if digits else 2
    told = f"{seconds:0{width}.{digits}f}"
    return f"{sign}{hours}:{minutes:02}:{told}" if hours else f"{sign}{minutes}:{told}"
