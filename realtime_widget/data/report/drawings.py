"""The pictures of a report, in light and in dark, drawn when they are needed."""

from __future__ import annotations

import base64
from functools import cached_property
from typing import TYPE_CHECKING

from ...errors import ConfigError
from ..pictures.style import need_matplotlib
from .content import Content

if TYPE_CHECKING:
    from ..pictures.picture import Picture

__all__ = ["NO_PICTURES", "Drawing", "drawings"]

NO_PICTURES = 'Pictures are left out: they need matplotlib (pip install "realtime-widget[data]").'


class Drawing:
    """A picture in both themes; `name` is that of its file, `alt` says in words what it shows."""

    def __init__(self, name: str, light: Picture, dark: Picture) -> None:
        self.name = name
        self.alt = light.alt
        self.size = light.size
        self._light, self._dark = light, dark

    @cached_property
    def light(self) -> bytes:
        """The picture as PNG, for light pages and paper."""
        return self._light.png()

    @cached_property
    def dark(self) -> bytes:
        """The picture as PNG, for dark pages."""
        return self._dark.png()

    def source(self, *, dark: bool) -> str:
        """Return it as a data URI."""
        png = self.dark if dark else self.light
        return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def drawings(content: Content) -> dict[str, Drawing]:
    """Return the pictures of a conversation by name; none without matplotlib, or where nothing was said."""
    try:
        need_matplotlib()
    except ConfigError:
        return {}
    from ..pictures.timeline import timeline
    from ..pictures.waterfall import waterfall

    data, found = content.data, {}
    if content.turns:
        light, dark = (timeline(data, title="Who spoke when", theme=theme) for theme in ("light", "dark"))
        found["timeline"] = Drawing("timeline", light, dark)
    rows = data.latency.rows()
    if any(row.first_token_ms is not None for row in rows):
        both = [waterfall(rows, theme=theme) for theme in ("light", "dark")]
        found["latency"] = Drawing("latency", both[0], both[1])  # type: ignore[arg-type]
    return found
