"""One can talk while a cell runs: in both front ends, with this kernel and with older ones.

How long the frames take is a question for `make bench`; here it is whether they come while the cell runs, all
of them, and by which route.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.busy import cells, joined, run_busy_cells, start_while_busy
from tests.browser.conftest import OpenNotebook
from tests.browser.lab import Host
from tests.browser.upstream import Arrival, Upstream

SECONDS = 2.5
KINDS = ("sleep", "loop", "await")


@pytest.mark.parametrize(
    ("host", "ipykernel", "route"),
    [
        ("lab", None, "subshell"),
        ("notebook", None, "subshell"),
        ("lab", "6.31.0", "control"),
        ("lab", "7.0.1", "subshell"),
        ("lab", "7.3.0", "subshell"),
    ],
)
def test_the_microphone_is_heard_while_a_cell_runs(
    open_notebook: OpenNotebook,
    host: Host,
    ipykernel: str | None,
    route: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    with Upstream() as upstream:
        sources = cells(upstream.url, KINDS, seconds=SECONDS, release=str(tmp_path / "release"))
        notebook = open_notebook(*sources, host=host, ipykernel=ipykernel)
        start_while_busy(notebook, upstream, tmp_path / "release")
        found = run_busy_cells(notebook, upstream, KINDS, seconds=SECONDS)
        assert notebook.kernel.value("session.health.page.route") == route
    for busy in found:
        record_property(busy.kind, [len(busy.frames), busy.n_lost, busy.share_in_time])
        assert busy.n_lost == 0, busy
        assert busy.share_in_time > 0.5, busy
    assert notebook.kernel.value("link.microphone['lost_samples']") == 0


def test_frames_are_joined_with_arrivals_by_their_samples() -> None:
    sent = [
        [0, 960, 100.0, 141.0],
        [960, 960, 140.0, 181.0],
        [1920, 960, 180.0, 221.0],
        [2880, 960, 220.0, 261.0],
    ]
    frames = joined(sent, [Arrival(150.0, 960), Arrival(230.0, 2880)])
    assert [frame.came_ms for frame in frames] == [150.0, 230.0, 230.0, None]
    assert frames[0].complete_ms == 140.0
