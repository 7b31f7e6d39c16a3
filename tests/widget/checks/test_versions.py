"""What is installed, by name."""

import platform

from realtime_widget import __version__
from realtime_widget.widget.checks.versions import version_lines


def test_python_the_package_and_what_it_needs_are_named() -> None:
    lines = {line.title: line for line in version_lines()}
    assert platform.python_version() in lines["Python"].found
    assert lines["realtime-widget"].found == __version__
    assert {"ipykernel", "anywidget", "ipywidgets", "websockets"} <= set(lines)
    assert all(line.status == "ok" and line.group == "versions" for line in lines.values())
