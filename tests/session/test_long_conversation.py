"""An hour of conversation, as fast as the machine can, through a planned change of connections.

The session runs in a process of its own, so that its memory is nobody else's.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .long_server import REPLY, SAID, LongServer

MINUTES = 60
N_TURNS = 300
USER_BYTES = N_TURNS * 12 * 48_000
MB = 1_000_000


def talk(server: LongServer, *, record: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.session.long_talk", server.url, str(MINUTES), json.dumps(record)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.timeout(300)
@pytest.mark.parametrize("record", [True, False], ids=["recorded", "not recorded"])
def test_an_hour_loses_nothing_and_weighs_no_more_than_its_latest_sound(record: bool) -> None:
    with LongServer() as server:
        report = talk(server, record=record)
    assert report["texts"] == [
        text for n in range(N_TURNS) for text in (f"Turn {n}: {SAID}", f"Answer {n}: {REPLY}")
    ]
    assert report["statuses"] == ["completed"]
    assert report["calls"] == N_TURNS // 10
    assert report["connections"] == server.n_connections == 2
    assert report["problem"] is None
    assert server.audio_bytes >= USER_BYTES
    if record:
        assert report["filed_bytes"] > 200 * MB
        assert report["recorded_bytes"] < 34 * MB
        assert report["grown_bytes"] < 64 * MB
    else:
        assert report["recorded_bytes"] == report["filed_bytes"] == 0
        assert report["grown_bytes"] < 30 * MB
