"""Importing the package is cheap, needs no bundle, and shows exactly its public names."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import realtime_widget

PACKAGE = Path(realtime_widget.__file__).parent
HEAVY = (
    "pandas", "numpy", "anywidget", "ipywidgets", "IPython", "openai", "pydantic", "soundfile", "aiohttp",
    "websockets", "asyncio", "matplotlib",
)  # fmt: skip
NEVER_WITH_THE_SESSION = (
    "pandas",
    "anywidget",
    "openai",
    "aiohttp",
    "matplotlib",
    "pocketsphinx",
    "sqlalchemy",
    "alembic",
)


def loaded_after(statement: str, *, path: Path | None = None) -> set[str]:
    """Top-level modules in a fresh interpreter after a statement."""
    code = (
        f"{statement}\nimport sys, json\nprint(json.dumps(sorted({{n.split('.')[0] for n in sys.modules}})))"
    )
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_bare_import_loads_nothing_heavy() -> None:
    assert not loaded_after("import realtime_widget") & set(HEAVY)


def test_the_session_loads_no_dataframe_no_widget_and_no_engine() -> None:
    if "RealtimeSession" not in realtime_widget.__all__:
        pytest.fail("RealtimeSession is not public")
    loaded = loaded_after(
        "from realtime_widget import RealtimeSession, Store; RealtimeSession(engine='ws://x')"
    )
    assert not loaded & set(NEVER_WITH_THE_SESSION)


def test_it_imports_without_the_bundle(tmp_path: Path) -> None:
    shutil.copytree(
        PACKAGE, tmp_path / "realtime_widget", ignore=shutil.ignore_patterns("static", "__pycache__")
    )
    statement = (
        "import realtime_widget as r\n"
        f"assert r.__file__.startswith({str(tmp_path)!r}), r.__file__\n"
        "from realtime_widget import RealtimeSession"
    )
    assert "realtime_widget" in loaded_after(statement, path=tmp_path)


def test_all_is_sorted_and_every_name_in_it_exists() -> None:
    names = realtime_widget.__all__
    assert sorted(names) == list(names)
    assert all(getattr(realtime_widget, name) is not None for name in names)
    assert set(names) <= set(dir(realtime_widget))


def test_nothing_public_is_missing_from_all() -> None:
    public = {
        name
        for name, value in vars(realtime_widget).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("realtime_widget")
    }
    assert public <= set(realtime_widget.__all__)


def test_an_unknown_name_is_refused_by_name() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = realtime_widget.no_such_name
