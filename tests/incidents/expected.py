"""What each incident must be called: a table that was written before the diagnosis, from what people report.

`F` numbers are failure modes of Azure Machine Learning's names that users and maintainers report in public; a code
stands for the incident class that the catalogue names by it. Left out are the failure modes that neither Azure
Resource Manager nor DNS can show: F27, F30, F31, F33, F36, F37, F41 and F47. F49 is healthy.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("expected.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One thing that somebody did. `codes` are all findings that must follow; notes count only where they are named.

    `about` is part of the id of the first finding's subject. `architecture` is the lab scenario it happens in.
    """

    key: str
    architecture: str
    codes: tuple[str, ...]
    about: str
    sentence: str


def _read() -> dict[str, Expected]:
    with TABLE.open(encoding="utf-8", newline="") as rows:
        return {
            row["key"]: Expected(
                key=row["key"],
                architecture=row["architecture"],
                codes=tuple(row["codes"].split()),
                about=row["about"],
                sentence=row["sentence"],
            )
            for row in csv.DictReader(rows)
        }


EXPECTED = _read()
"""Every incident by its key, in the order of the table."""
