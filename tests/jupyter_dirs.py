"""Jupyter directories of their own for kernels and servers that tests start."""

import os
import sys
from pathlib import Path


def jupyter_environment(home: Path) -> dict[str, str]:
    """The environment of a Jupyter process that sees nothing of the user's settings and holds no key."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON", "OPENAI_"))}
    places = {
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
        "HOME": home,
    }
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        **{name: str(place) for name, place in places.items()},
        # the environment under test comes first, wherever pytest was started from
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")]),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
