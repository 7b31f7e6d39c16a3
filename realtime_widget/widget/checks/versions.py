"""What is installed, as lines of a check."""

from __future__ import annotations

import importlib.metadata
import platform

from ...session.findings import CheckLine

__all__ = ["version_lines"]

PACKAGES = ("realtime-widget", "ipykernel", "anywidget", "ipywidgets", "jupyterlab", "notebook", "websockets")


def version_lines() -> list[CheckLine]:
    """Return one line for Python and for each package that is installed where this kernel runs."""
    python = f"{platform.python_version()} on {platform.system()}"
    return [_line("python", "Python", python), *(line for line in map(_package, PACKAGES) if line)]


def _package(name: str) -> CheckLine | None:
    try:
        return _line(name, name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return None  # a server may run elsewhere, and a script needs none


def _line(name: str, title: str, found: str) -> CheckLine:
    return CheckLine(id=f"version:{name}", group="versions", title=title, status="ok", found=found)
