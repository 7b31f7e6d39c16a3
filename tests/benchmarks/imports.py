"""How long `import realtime_widget` takes in a fresh interpreter."""

import statistics
import subprocess
import sys

STATEMENTS = {
    "import realtime_widget": 0.15,
    "from realtime_widget import RealtimeSession": None,
}


def seconds(statement: str) -> float:
    """The time of one statement in an interpreter of its own, start-up not counted."""
    code = f"import time\nt = time.perf_counter()\n{statement}\nprint(time.perf_counter() - t)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return float(done.stdout)


def report(repeats: int) -> None:
    """Print the median of each statement; the first run, which may write bytecode, is not counted."""
    print(f"\nimport time, median of {repeats}")
    for statement, aim_s in STATEMENTS.items():
        seconds(statement)
        median_s = statistics.median(seconds(statement) for _ in range(repeats))
        aim = f"  (aim: < {aim_s} s)" if aim_s else ""
        print(f"  {statement:<48}{median_s:8.3f} s{aim}")
