"""The symptom table with real servers: `python -m tests.real.symptoms [--slow] [--only TEXT]`.

Without `--slow` the cells that take less than four seconds. Exit code 1: a cell differs; 2: the servers cannot run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.differential.servers import missing_servers, versions
from tests.real.symptoms.cell import Cell
from tests.real.symptoms.run import PlayError, play_until_sure
from tests.real.symptoms.table import CELLS


def main(arguments: Sequence[str]) -> int:
    """Play the cells that are wanted and print what differs, then how many agree."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.symptoms", description=__doc__)
    parser.add_argument("--slow", action="store_true", help="the cells that take four seconds or more")
    parser.add_argument("--only", default="", metavar="TEXT", help="cells with this text in their name")
    parser.add_argument("--all", action="store_true", help="print the outcomes of cells that agree, too")
    wanted = parser.parse_args(arguments)
    if reason := missing_servers():
        _say(f"the servers cannot run: {reason}")
        return 2
    _say(", ".join(f"{kind} {version}" for kind, version in versions().items()))
    return report([cell for cell in CELLS if cell.slow == wanted.slow and wanted.only in cell.name], wanted.all)


def report(cells: Sequence[Cell], everything: bool = False) -> int:
    """Play cells and print."""
    started = time.monotonic()
    try:
        results, again = play_until_sure(cells)
    except PlayError as error:
        _say(error)
        return 2
    wrong = [result for result in results if not result.right]
    for result in results if everything else wrong:
        _say(result)
    for result in again:
        _say(f"played again, as it first was: {result.cell.name}: {'; '.join(result.got)}")
    more = f", {len(again)} played again" if again else ""
    _say(f"symptom cells {len(results) - len(wrong)}/{len(results)} ({time.monotonic() - started:.0f} s{more})")
    return 1 if wrong else 0


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
