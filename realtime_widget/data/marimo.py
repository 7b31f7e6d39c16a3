"""marimo, where this code runs in one of its notebooks; never imported by us, only found."""

from __future__ import annotations

import sys
from types import ModuleType

__all__ = ["running_marimo"]


def running_marimo() -> ModuleType | None:
    """Return marimo's module in a cell of its notebooks (or in a `mo.Thread`), else None."""
    marimo = sys.modules.get("marimo")
    inside = getattr(marimo, "running_in_notebook", None)  # absent while marimo is being imported
    return marimo if inside is not None and inside() else None
