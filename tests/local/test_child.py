import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from realtime_widget.errors import EngineError
from realtime_widget.local.child import Child

CHILDREN = {
    "echo": """
from realtime_widget.local.pipes import READY, ChildPort
port = ChildPort()
port.start()
print("libraries may print")
port.send(READY)
while True:
    kind, payload = port.inbox.get()
    port.send(kind, payload)
""",
    "missing": """
from realtime_widget.local.pipes import FAILED, ChildPort
ChildPort().send(FAILED, b"missing some-package")
""",
    "crash": "raise SystemExit('it broke')",
    "hang": "import time; time.sleep(60)",
}


class Echo:
    """A child and what came back from it."""

    def __init__(self, module: str, **options: float) -> None:
        self.frames: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self.exits: asyncio.Queue[str] = asyncio.Queue()
        self.child = Child(
            module,
            name="The test",
            on_frame=lambda kind, payload: self.frames.put_nowait((kind, payload)),
            on_exit=self.exits.put_nowait,
            **options,
        )


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, code in CHILDREN.items():
        (tmp_path / f"child_{name}.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.usefixtures("modules")
def test_frames_go_and_come_back_in_order() -> None:
    async def scenario() -> None:
        echo = Echo("child_echo")
        await echo.child.start()
        sent = [(10 + index % 5, bytes([index]) * index * 997) for index in range(60)]
        for kind, payload in sent:
            echo.child.send(kind, payload)
        assert [await echo.frames.get() for _ in sent] == sent
        pid = echo.child.pid
        assert pid is not None
        await echo.child.close()
        await echo.child.close()
        assert not is_alive(pid)
        echo.child.send(10, b"into the void")

    asyncio.run(scenario())


@pytest.mark.usefixtures("modules")
def test_a_missing_package_is_named() -> None:
    with pytest.raises(EngineError, match="some-package") as caught:
        asyncio.run(Echo("child_missing").child.start())
    assert "realtime-widget[local]" in str(caught.value.remedy)


@pytest.mark.usefixtures("modules")
def test_a_child_that_ends_early_says_why() -> None:
    with pytest.raises(EngineError, match="it broke"):
        asyncio.run(Echo("child_crash").child.start())


@pytest.mark.usefixtures("modules")
def test_a_child_that_is_never_ready_is_given_up() -> None:
    async def scenario() -> None:
        echo = Echo("child_hang", start_timeout_s=0.3)
        with pytest.raises(EngineError, match=r"wasn't ready within 0\.3 s"):
            await echo.child.start()
        assert echo.child.pid is None

    asyncio.run(scenario())


@pytest.mark.usefixtures("modules")
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_crash_is_reported_and_an_interrupt_of_the_group_is_not_one() -> None:
    async def scenario() -> None:
        echo = Echo("child_echo")
        await echo.child.start()
        pid = echo.child.pid
        assert pid is not None
        assert os.getpgid(pid) != os.getpgid(0)
        os.kill(pid, signal.SIGKILL)
        assert await echo.exits.get()
        await echo.child.close()

    asyncio.run(scenario())


@pytest.mark.usefixtures("modules")
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    parent = tmp_path / "parent.py"
    parent.write_text(
        "import asyncio, sys\n"
        "from realtime_widget.local.child import Child\n"
        "async def run():\n"
        "    child = Child('child_echo', name='x', on_frame=print, on_exit=print)\n"
        "    await child.start()\n"
        "    print(child.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(run())\n"
    )

    async def scenario() -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(parent), stdout=asyncio.subprocess.PIPE, env=environment
        )
        assert process.stdout is not None
        pid = int(await process.stdout.readline())
        process.kill()
        await process.wait()
        async with asyncio.timeout(10):
            while is_alive(pid):  # noqa: ASYNC110 - the end of another process has no event
                await asyncio.sleep(0.02)

    asyncio.run(scenario())
