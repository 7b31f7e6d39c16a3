"""Attack the core with damaged events, for as long as you like: `python -m tests.fuzz --events 1000000`.

Each episode depends on `--seed` and its number alone; what escapes tells both, and `--episode` repeats it.
"""

import argparse
import faulthandler
import resource
import sys
import time

from .archives import archives
from .deep import deep
from .episodes import Failure, Report, attack, run
from .flood import flood
from .structures import structured

HANG_S = 300
MAX_SLOWDOWN = 6.0


def main() -> int:
    options = _options()
    faulthandler.enable()
    if options.episode is not None:
        attack(options.seed, options.episode, Report())
        print(f"episode {options.episode} of seed {options.seed}: nothing escaped")
        return 0
    try:
        return _all(options)
    except (Failure, AssertionError) as failure:
        print(f"FAILED after {time.process_time():.0f} s of CPU: {failure}", file=sys.stderr)
        raise


def _all(options: argparse.Namespace) -> int:
    began = time.perf_counter()
    n_structured = options.events // 50
    structured(n_structured, options.seed)
    print(
        f"{n_structured:>9} events made by hypothesis: nothing escaped, {time.perf_counter() - began:.0f} s"
    )
    n_orders = deep(options.events // 100, options.seed)
    print(f"{n_orders:>9} legal orders of recorded conversations: all end the same")
    told = flood(max(2_000, options.events // 20), options.seed, max_slowdown=MAX_SLOWDOWN)
    print(f"{'':>9} a flood in one conversation: {told}")
    n_archives = max(100, options.events // 200)
    print(f"{n_archives:>9} damaged and hostile files: {archives(n_archives, options.seed)}")
    report = run(options.events, options.seed, tell=_progress)
    rate = report.events / report.seconds
    print(
        f"\n{report.events:>9} damaged events in {report.episodes} conversations, {report.verbs} verbs too:"
    )
    print(f"{'':>9} nothing escaped, nothing was lost; {report.seconds:.0f} s, {rate:.0f} a second")
    print(f"{'':>9} of {len(report.kinds)} kinds; at most {_peak_mb():.0f} MB of memory")
    return 0


def _progress(report: Report) -> None:
    faulthandler.dump_traceback_later(HANG_S, exit=True)  # anew for each episode: a hang is a failure too
    if report.episodes % 100 == 0:
        print(f"\r{report.events:>9} events, {report.seconds:.0f} s, {_peak_mb():.0f} MB", end="", flush=True)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="how many damaged events")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--episode", type=int, help="only this one, to see a failure again")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
