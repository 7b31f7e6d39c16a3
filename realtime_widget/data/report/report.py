"""A report: shows itself in a cell, and is saved as a page or as Markdown."""

from __future__ import annotations

import importlib.util
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import ConfigError, FileError
from ..conversation import About
from ..files import write_file
from ..pictures.style import DARK, theme_of
from ..tables import Tables
from .content import Content
from .drawings import Drawing, drawings
from .markdown import markdown
from .page import fragment, page

__all__ = ["Report", "make_report"]

PAGES = (".html", ".htm")
MARKDOWN = (".md", ".markdown")


class Report:
    """A conversation on one page, as it was when the report was asked for."""

    def __init__(self, content: Content, *, dark: bool = False) -> None:
        self._content = content
        self._dark = dark

    @cached_property
    def _drawn(self) -> dict[str, Drawing]:
        return drawings(self._content)

    @property
    def title(self) -> str:
        """Its heading."""
        return self._content.title

    @property
    def summary(self) -> dict[str, Any]:
        """The conversation in a few figures, as `session.summary()` has them."""
        return dict(self._content.summary)

    @cached_property
    def html(self) -> str:
        """A web page that needs nothing else: its pictures are in it, no script is."""
        return page(self._content, self._drawn)

    @property
    def markdown(self) -> str:
        """The same as Markdown, with words for the pictures: code hosts show none that is in a text."""
        return markdown(self._content, self._drawn, None)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a web page (`.html`), or Markdown (`.md`) with its pictures in a folder beside it.

        The folder of `talk.md` is `talk_files`.

        Raises:
            ConfigError: Another suffix.
            FileError: It can't be written.
        """
        target = check_path(path)
        if target.suffix.lower() in PAGES:
            write_file(target, self.html)
            return
        folder = target.with_name(f"{target.stem}_files")
        write_file(target, markdown(self._content, self._drawn, folder.name))
        if self._drawn:
            _make_folder(folder)
        for name, drawing in self._drawn.items():
            write_file(folder / f"{name}.png", drawing.light)

    def __repr__(self) -> str:
        return f"Report({self.title!r}, {', '.join(self._content.facts)})"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        return {"text/html": fragment(self._content, self._drawn, dark=self._dark), "text/plain": repr(self)}


def check_path(path: str | os.PathLike[str]) -> Path:
    """Return where a report is to be written; raise ConfigError where its suffix says no format."""
    target = Path(path).expanduser()
    if target.suffix.lower() not in (*PAGES, *MARKDOWN):
        raise ConfigError(f"A report can't be saved as {target.name!r}.", remedy="Use .html or .md.")
    return target


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FileError(f"Can't make the folder {folder}: {error.strerror}.") from error


def _is_dark(theme: str) -> bool:
    if theme == "auto" and importlib.util.find_spec("matplotlib") is None:
        return False  # there won't be pictures
    return theme_of(theme) is DARK


def make_report(
    data: Tables, about: About, path: str | os.PathLike[str] | None = None, *, theme: str = "auto"
) -> Report:
    """Return a report of a conversation as it is now; with a path, written there too."""
    if path is not None:
        check_path(path)
    report = Report(Content(data, about), dark=_is_dark(theme))
    if path is not None:
        report.save(path)
    return report
