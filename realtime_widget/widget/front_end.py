"""The front end on its way to a page: sent as a message, so that no notebook file holds it.

anywidget makes `_esm` and `_css` synced state, which is saved with a notebook, once for every widget, where
"save widget state" is on. So `_esm` is a few lines that ask for the bundle (`js/src/loader.ts`).
"""

from __future__ import annotations

import gzip
import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..errors import RealtimeError

__all__ = ["Bundle", "FrontEndWidget", "read_bundle"]

STATIC = Path(__file__).parent.parent / "static"
BUNDLE_GET = "bundle.get"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The built front end.

    Attributes:
        version: A short hash of it; a page loads each version once.
        js: The module.
        css: Its styles.
    """

    version: str
    js: bytes
    css: bytes

    def message(self, *, packed: bool) -> tuple[dict[str, Any], list[bytes]]:
        """Return the message that brings it to a page, and its buffers."""
        buffers = list(_pack(self)) if packed else [self.js, self.css]
        return {"type": "bundle", "version": self.version, "gzip": packed}, buffers


@lru_cache(maxsize=2)
def _pack(bundle: Bundle) -> tuple[bytes, bytes]:
    return gzip.compress(bundle.js, mtime=0), gzip.compress(bundle.css, mtime=0)


def read_bundle() -> Bundle:
    """Return the built front end.

    Raises:
        RealtimeError: It isn't built (a source checkout before `make build`).
    """
    try:
        _LOADER.stat()
        js, css = ((STATIC / name).read_bytes() for name in ("widget.js", "widget.css"))
    except OSError:
        raise RealtimeError(
            "The panel's front end isn't built.",
            remedy="Run `make build` in the source checkout; installed packages bring it along. "
            "Everything but the panel works without it.",
            code="front_end_missing",
        ) from None
    return Bundle(hashlib.sha256(js + css).hexdigest()[:12], js, css)


_LOADER = STATIC / "loader.js"
# `npm run watch` writes the whole module, and anywidget reloads it in the page when that file changes.
_FOLLOWED = os.environ.get("ANYWIDGET_HMR") == "1"


class FrontEndWidget(anywidget.AnyWidget):
    """A widget that the front end draws; its saved state is a few lines.

    Raises:
        RealtimeError: The front end isn't built.
    """

    _esm: str | Path = _LOADER.read_text(encoding="utf-8") if _LOADER.exists() else ""
    if _FOLLOWED:
        _esm, _css = STATIC / "widget.js", STATIC / "widget.css"
    _bundle = traitlets.Unicode(read_only=True).tag(sync=True)
    """Which front end the page is to load."""

    def __init__(self, **options: Any) -> None:
        self._front_end = read_bundle()
        self.set_trait("_bundle", self._front_end.version)
        super().__init__(**options)
        self.on_msg(self._serve_bundle)
        # Unasked, too: a kernel that is busy from now on may not come to answer for long.
        self._send_bundle(packed=True)

    def _serve_bundle(self, widget: object, content: Any, buffers: list[Any]) -> None:
        if isinstance(content, dict) and content.get("type") == BUNDLE_GET:
            self._send_bundle(packed=content.get("gzip") is not False)

    def _send_bundle(self, *, packed: bool) -> None:
        message, buffers = self._front_end.message(packed=packed)
        self.send(message, buffers)
