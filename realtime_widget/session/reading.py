"""What is read from a whole conversation at once: pictures, statistics, a summary, a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data import Tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..data.pictures.picture import Picture

__all__ = ["Readings"]


class Readings:
    """Looks at a conversation as a whole, whether people still talk or not."""

    title: str

    @property
    def _data(self) -> Tables:
        raise NotImplementedError

    def plot(
        self,
        ax: Axes | None = None,
        *,
        since_ms: float | None = None,
        until_ms: float | None = None,
        turns: slice | None = None,
        theme: str = "auto",
        width: int = 960,
    ) -> Picture | Axes:
        """Return a picture of who said what when: a lane for each side, one for the tools.

        It shows what was cut off and never heard, both speaking at once, how long the user waited for each
        answer, calls and how they ended, and where the connection was made anew. A longer conversation goes
        on in further rows; of one with more than 480 turns it shows the shares of time instead. A picture is
        a `Figure` of matplotlib (`savefig`, `axes`) which shows itself in a cell, without pyplot.

        Args:
            ax: Axes of matplotlib to draw into, as one row; they are returned then.
            since_ms: Only turns that sounded from this moment on.
            until_ms: Only turns that began before it.
            turns: Only these, by their places: `slice(-10, None)`; instead of a span of time.
            theme: `light`, `dark`, or `auto`: that of the axes, or of matplotlib's settings.
            width: Of the picture, in pixels of a screen.

        Raises:
            ConfigError: There is no matplotlib: `pip install "realtime-widget[data]"`; or a wrong argument.
        """
        from ..data.pictures.timeline import timeline, timeline_into

        if ax is not None:
            return timeline_into(
                ax, self._data, since_ms=since_ms, until_ms=until_ms, turns=turns, theme=theme
            )
        return timeline(
            self._data,
            since_ms=since_ms,
            until_ms=until_ms,
            turns=turns,
            title=self.title,
            theme=theme,
            width=width,
        )
