"""Wheel and sdist hold what they must, and build on a machine without Node."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(400)]

ROOT = Path(__file__).parent.parent
BUNDLE = tuple(f"realtime_widget/static/{name}" for name in ("widget.js", "widget.css", "loader.js"))
# What npm and pip may find on PATH beside the build environment: a shell and no node.
TOOLS = ("sh", "env", "uname", "dirname", "sed", "cat", "mkdir", "rm")


@dataclass(frozen=True)
class Built:
    """The two distributions."""

    sdist: Path
    wheel: Path


def run(*command: str, cwd: Path, path: str | None = None) -> None:
    environment = {**os.environ, **({"PATH": path} if path else {})}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=380)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def the_one(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both, as `make build` makes them: the wheel is built from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), cwd=ROOT, path=path)
    return Built(the_one(out, "*.tar.gz"), the_one(out, "*.whl"))


@pytest.fixture
def without_node(tmp_path: Path) -> str:
    """A PATH with a shell on it and no node, npm or npx."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    assert shutil.which("node", path=str(tools)) is None
    return str(tools)


def test_the_wheel_holds_the_bundle_and_the_type_marker(built: Built) -> None:
    names = set(zipfile.ZipFile(built.wheel).namelist())
    assert {*BUNDLE, "realtime_widget/py.typed", "realtime_widget/__init__.py"} <= names
    assert built.wheel.name.endswith("-py3-none-any.whl")
    strays = {n for n in names if not n.startswith("realtime_widget/") and ".dist-info/" not in n}
    [enabling] = strays  # a wheel installs its package and nothing beside it, but for this
    assert enabling.endswith(".data/data/etc/jupyter/jupyter_server_config.d/realtime_widget.json")
    assert json.loads(zipfile.ZipFile(built.wheel).read(enabling)) == {
        "ServerApp": {"jpserver_extensions": {"realtime_widget": True}}
    }


def test_the_sdist_holds_the_bundle_and_its_sources(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        *BUNDLE,
        "js/package.json",
        "js/package-lock.json",
        "realtime_widget/py.typed",
        "LICENSE",
    } <= names
    assert not [name for name in names if "node_modules" in name or name.startswith(".venv")]


def test_the_bundle_stays_out_of_version_control() -> None:
    if not (ROOT / ".git").exists():
        return
    tracked = subprocess.run(
        ["git", "ls-files", "realtime_widget/static"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert tracked.stdout == ""


def test_the_sdist_installs_without_node(built: Built, without_node: str, tmp_path: Path) -> None:
    wheel = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        "out",
        str(built.sdist),
    ]
    run(*wheel, cwd=tmp_path, path=without_node)
    assert set(BUNDLE) <= set(zipfile.ZipFile(the_one(tmp_path / "out", "*.whl")).namelist())


def test_the_sources_build_without_node(built: Built, without_node: str, tmp_path: Path) -> None:
    """No bundle and no Node: npm comes with the build environment, as for a `pip install` from git."""
    subprocess.run(["tar", "xzf", built.sdist], cwd=tmp_path, check=True)
    source = the_one(tmp_path, "realtime_widget-*")
    shutil.rmtree(source / "realtime_widget" / "static")
    wheel = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", "out", str(source)]
    run(*wheel, cwd=tmp_path, path=without_node)
    names = zipfile.ZipFile(the_one(tmp_path / "out", "*.whl")).namelist()
    assert set(BUNDLE) <= set(names)
