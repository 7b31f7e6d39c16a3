"""What is read from a whole conversation at once: pictures, statistics, a summary, a report."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..data import About, Tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..data.pictures.picture import Picture
    from ..data.report import Report
    from ..data.statistics import Statistics

__all__ = ["Readings"]


class Readings:
    """Looks at a conversation as a whole, whether people still talk or not."""

    title: str

    @property
    def _data(self) -> Tables:
        raise NotImplementedError

    @property
    def about(self) -> About:
        """What there is to know of the conversation besides what was said in it."""
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

    def statistics(
        self, *, since_ms: float | None = None, until_ms: float | None = None, turns: slice | None = None
    ) -> Statistics:
        """Return who talked how much: turns, words, time, pauses, interruptions, calls.

        A cell shows it; `.df` has a row a side, `.user` and `.assistant` are those, `.to_dict()` has plain
        values. What each figure means is told by `help(session.statistics().user)`.

        Args:
            since_ms: Only turns that sounded from this moment on.
            until_ms: Only turns that began before it.
            turns: Only these, by their places; instead of a span of time.

        Raises:
            ConfigError: What is given is no span.
        """
        from ..data.replay.spans import choose
        from ..data.statistics import statistics

        data = self._data
        return statistics(data, choose(data, since_ms=since_ms, until_ms=until_ms, turns=turns))

    def summary(self) -> dict[str, Any]:
        """Return the conversation in a few figures, ready for JSON; these keys stay.

        `id title kind engine model created_at duration_ms version metadata`: which conversation it is, and
        how long it lasts. `turns words talk_ms`: by role; words and time that were heard. `interruptions`:
        turns that were cut off. `tool_calls tool_failures`. `latency_ms`: `n p50 p95` of `voice_to_voice_ms`.
        `tokens`: `input` (those in `cached` included) and `output`. `cost_usd`, at the prices of `prices_of`,
        without what the models in `unpriced` cost. `errors`: those of the engine, and answers that failed.
        `reconnects`. `first_words last_words`: of the first and the last turn that has any.
        """
        from ..data.summary import summary

        return summary(self._data, self.about)

    def report(self, path: str | os.PathLike[str] | None = None, *, theme: str = "auto") -> Report:
        """Return the conversation on one page: figures, pictures, words, calls, costs, errors, settings.

        A cell shows it. `.html` is a page that needs nothing else, no script and no network, light and dark;
        `.markdown` the same for code hosts; `.save("talk.html")` and `.save("talk.md")` write them, the
        latter with its pictures in the folder `talk_files`. Of thousands of turns the middle is left out.
        Without matplotlib it has no pictures, and says so.

        Args:
            path: Where to write it at once, `.html` or `.md`.
            theme: Of the pictures in a cell: `light`, `dark`, or `auto`: that of matplotlib's settings.

        Raises:
            ConfigError: The path has another suffix; `FileError` where nothing can be written.
        """
        from ..data.report import make_report

        return make_report(self._data, self.about, path, theme=theme)
