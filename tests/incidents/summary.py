"""One line over all incidents that were played: the tests tell by properties, wherever they ran."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def incident_lines(told: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """The line, if any incident was played; `told` are the properties of each test."""
    rows = list(told)
    incidents, lookalikes = [row for row in rows if "found" in row], [row for row in rows if "silent" in row]
    if incidents or lookalikes:
        yield (
            f"incidents {sum(bool(row['found']) for row in incidents)}/{len(incidents)} found, "
            f"{sum(bool(row['exact']) for row in incidents)}/{len(incidents)} exact cause, "
            f"{sum(int(str(row['false'])) for row in incidents)} false errors or warnings, "
            f"healthy {sum(bool(row['silent']) for row in lookalikes)}/{len(lookalikes)}"
        )
