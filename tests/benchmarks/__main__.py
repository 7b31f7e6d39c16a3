"""`make bench`: what imports, long tables, minutes of audio and sessions in real time cost; their delay."""

import argparse
import json
from pathlib import Path

from tests.benchmarks import audio_cpu, imports, realtime, tables


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--minutes", type=int, default=10, help="minutes of audio for each client")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each client; the median counts")
    parser.add_argument("--clients", nargs="+", choices=audio_cpu.ALL, default=audio_cpu.ALL)
    parser.add_argument("--speed", type=float, default=0, help="times real time; 0: as fast as it is read")
    parser.add_argument("--sessions", nargs="*", type=int, default=[50, 150], help="sessions at once")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement in real time")
    parser.add_argument("--turns", type=int, default=10_000, help="turns whose tables are read")
    parser.add_argument("--json", type=Path, help="write CPU seconds per minute of audio here")
    options = parser.parse_args()
    imports.report(repeats=5)
    tables.report(turns=options.turns)
    tables.report(turns=options.turns // 5, player=True)
    tables.report_memory(turns=options.turns)
    cpu = audio_cpu.report(
        options.clients, minutes=options.minutes, repeats=options.repeats, speed=options.speed
    )
    realtime.report_sessions(options.sessions, seconds=options.seconds)
    realtime.report_delay(seconds=options.seconds)
    if options.json:
        options.json.write_text(json.dumps(cpu))


if __name__ == "__main__":
    main()
