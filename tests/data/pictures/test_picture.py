import base64
import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest
from matplotlib.figure import Figure

from realtime_widget.data.pictures import picture as module
from realtime_widget.data.pictures.picture import new_picture
from realtime_widget.data.pictures.style import DARK

PNG = b"\x89PNG"


def width_of(png: bytes) -> int:
    return int.from_bytes(png[16:20], "big")


def test_a_picture_is_a_figure_that_shows_itself_sharp() -> None:
    picture = new_picture(4, 2, DARK, alt="Nothing yet.")
    picture.subplots()
    assert isinstance(picture, Figure) and isinstance(picture, module.Picture) and len(picture.axes) == 1
    bundle, metadata = picture._repr_mimebundle_()
    png = base64.b64decode(bundle["image/png"])
    assert png.startswith(PNG) and width_of(png) == 800 and bundle["text/plain"] == "Nothing yet."
    assert metadata == {"image/png": {"width": 400, "alt": "Nothing yet."}}
    assert picture.svg().lstrip().startswith("<?xml") and "Nothing yet." in picture.svg()


def test_it_keeps_what_a_user_changes(tmp_path: Any) -> None:
    picture = new_picture(4, 2, DARK)
    picture.subplots().set_title("mine")
    picture.savefig(tmp_path / "mine.png")
    assert (tmp_path / "mine.png").read_bytes().startswith(PNG)
    again = pickle.loads(pickle.dumps(picture))
    assert type(again) is type(picture) and again.axes[0].get_title() == "mine"
    assert copy.deepcopy(picture).alt == ""


def test_a_notebook_shows_it_once_and_sharp_with_the_inline_backend() -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.pylabtools import select_figure_formats

    shell = InteractiveShell.instance()
    try:
        select_figure_formats(shell, {"png"})
        picture = new_picture(4, 2, DARK)
        data, metadata = shell.display_formatter.format(picture)
        assert (
            width_of(
                data["image/png"]
                if isinstance(data["image/png"], bytes)
                else base64.b64decode(data["image/png"])
            )
            == 800
        )
        assert metadata["image/png"]["width"] == 400
    finally:
        InteractiveShell.clear_instance()


def test_what_isnt_there_isnt_made() -> None:
    with pytest.raises(AttributeError):
        module.Drawing  # noqa: B018


WITHOUT = """
import sys
sys.modules["matplotlib"] = None  # whoever imports it fails
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "matplotlib" else find_spec(name, *more)
from realtime_widget import ConfigError, RealtimeSession
session = RealtimeSession(engine="ws://127.0.0.1:9")
for draw in (session.plot, session.latency.plot, session.usage.plot, session.recording.plot):
    try:
        draw()
    except ConfigError as error:
        assert "realtime-widget[data]" in str(error)
    else:
        raise AssertionError(draw)
assert "</html>" in session.report().html
"""


def test_without_matplotlib_pictures_say_what_to_install() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", WITHOUT], check=True, timeout=50)
