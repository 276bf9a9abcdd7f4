"""What starting costs, as ratios against `python -c pass` in the same run: medians of nine, interleaved."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROUNDS = 9
AGENT = str(Path(sys.executable).parent / "agent")
COMMANDS: dict[str, Sequence[str]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "agent --help": (AGENT, "--help"),
    "agent --version": (AGENT, "--version"),
    "agent catalogue": (AGENT, "catalogue"),
}


def seconds(command: Sequence[str], clock: Callable[[], float] = time.perf_counter) -> float:
    """Wall time of one process."""
    start = clock()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return clock() - start


def medians(rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds per command, the commands taking turns."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    found = medians()
    reference = found["python -c pass"]
    for name, median in found.items():
        print(f"{name:<16} {median * 1000:7.1f} ms  {median / reference:5.1f} x")  # noqa: T201  it is a script
