"""Find the system's Chromium; run as a script, print its path or say what to install."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PLACES = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
REMEDY = (
    "The browser tests need Chromium and none was found. Install it (Debian and Ubuntu: "
    "sudo apt-get install chromium; macOS: brew install --cask chromium), or set CHROMIUM to its executable."
)


def find_chromium() -> str | None:
    """The executable to drive: $CHROMIUM, else a known name on PATH, else the usual places of macOS."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    found = (shutil.which(name) for name in NAMES)
    installed = (str(place) for place in PLACES if place.exists())
    return next((path for path in (*found, *installed) if path), None)


if __name__ == "__main__":
    path = find_chromium()
    sys.stdout.write(f"{path}\n") if path else sys.stderr.write(f"{REMEDY}\n")
    sys.exit(0 if path else 1)
