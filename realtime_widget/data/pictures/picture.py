"""A picture: a matplotlib figure that shows itself sharp in any notebook, and says in words what it shows."""

from __future__ import annotations

import base64
import io
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from .style import Theme, need_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DPI", "Picture", "new_picture"]

DPI = 100
SHARP = 2
"""Pixels for each point of a screen."""

_drawing = threading.Lock()
"""Pictures are drawn on whatever thread asks, and matplotlib's caches of glyphs are for one at a time."""


@cache
def _picture_class() -> type[Figure]:
    from matplotlib.figure import Figure

    class Picture(Figure):
        """A figure that isn't pyplot's: change it by its axes, save it with `savefig`, show it by its name.

        Attributes:
            alt: What it shows, in words.
        """

        alt: str = ""

        def png(self, scale: float = SHARP) -> bytes:
            """Return it as PNG, with so many pixels for each point."""
            file = io.BytesIO()
            with _drawing:
                self.savefig(file, format="png", dpi=DPI * scale, metadata={"Description": self.alt})
            return file.getvalue()

        def svg(self) -> str:
            """Return it as SVG, with its words as shapes: no font is needed to see it."""
            file = io.StringIO()
            with _drawing:
                self.savefig(file, format="svg", metadata={"Description": self.alt, "Date": None})
            return file.getvalue()

        @property
        def size(self) -> tuple[int, int]:
            """Its width and height on a screen, in pixels of CSS."""
            width, height = self.get_size_inches()
            return round(width * DPI), round(height * DPI)

        def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
            return self.png(), {"width": self.size[0], "alt": self.alt}

        def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, str], dict[str, Any]]:
            png, metadata = self._repr_png_()
            words = base64.b64encode(png).decode("ascii")
            return {"image/png": words, "text/plain": self.alt or repr(self)}, {"image/png": metadata}

    Picture.__qualname__ = "Picture"  # so that it is found here by who copies one
    return Picture


def __getattr__(name: str) -> Any:
    if name == "Picture":
        return _picture_class()
    raise AttributeError(name)


if TYPE_CHECKING:

    class Picture(Figure):
        """The same for type checkers, which see no class that a function makes."""

        alt: str

        def png(self, scale: float = SHARP) -> bytes:
            """Return it as PNG."""

        def svg(self) -> str:
            """Return it as SVG."""

        @property
        def size(self) -> tuple[int, int]:
            """Its width and height, in pixels of CSS."""


def new_picture(
    width: float, height: float, theme: Theme, *, alt: str = "", layout: Any = "constrained"
) -> Picture:
    """Return an empty picture.

    Args:
        width: In hundreds of a screen's pixels.
        height: In the same.
        theme: Its colours.
        alt: What it will show, in words; may be set later.
        layout: Who places the axes; None where the caller does.

    Raises:
        ConfigError: There is no matplotlib.
    """
    need_matplotlib()
    placing: Any = layout or "none"  # None would leave it to matplotlib's settings
    picture: Picture = _picture_class()(  # type: ignore[assignment]
        figsize=(width, height), dpi=DPI, facecolor=theme.paper, layout=placing
    )
    picture.alt = alt
    _tell_ipython()
    return picture


def _tell_ipython() -> None:
    """Let notebooks show pictures as they show themselves: pyplot's printer of figures draws them coarse."""
    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    formatter = getattr(shell, "display_formatter", None)
    if formatter is not None and "image/png" in formatter.formatters:
        formatter.formatters["image/png"].for_type(_picture_class(), lambda picture: picture._repr_png_())
