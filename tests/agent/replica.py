"""One run with its history in a blob, in a process of its own that waits to be killed at a point of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from azure.storage.blob import BlobClient

from agent.history.blob import BlobHistory
from agent.history.store import Waiting
from agent.lab.identity import Issuer, LabCredential
from agent.sinks import Outcome
from tests.agent.test_replay import Memory, watch_over

DIES_AT = "waits at"
LEASED, KEPT = "leased", "kept"
"""With the lease and nothing read; when everything is kept, and something may have been sent."""


def wait_at(point: str) -> None:
    """Say so, and do nothing any more."""
    sys.stdout.write(f"{DIES_AT} {point}\n")
    sys.stdout.flush()
    time.sleep(600)


class Stopping(Memory):
    """A sink that never comes back: everything is kept, and nothing of it is known to have arrived."""

    def send(self, batch: Sequence[Waiting]) -> Outcome:
        """Wait to be killed."""
        wait_at(KEPT)
        return super().send(batch)


def main(at: str, path: str, url: str, authority: str, slot: str, *breaks: str) -> None:
    """Run for a slot until the point is reached."""
    client = BlobClient.from_blob_url(
        f"{url}/agent.db", credential=LabCredential(Issuer(b"of the tests")), connection_verify=authority
    )
    moment = datetime.fromisoformat(slot)

    def broken() -> tuple[str, ...]:
        if at == LEASED:
            wait_at(LEASED)
        return breaks

    with BlobHistory(client, Path(path), 15) as history:
        watch_over(history, Stopping(), broken, moment).look(moment)


if __name__ == "__main__":
    main(*sys.argv[1:])
