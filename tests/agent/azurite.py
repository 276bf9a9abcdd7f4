"""Microsoft's storage emulator over https, with the lab's tokens: a real server for leases and versions of blobs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobClient, ContainerClient, ExponentialRetry

from agent.lab.identity import Issuer, LabCredential
from agent.lab.tls import Certificate, make_certificate
from tests.real.required import REQUIRED

_TOOLS = Path(__file__).parents[2] / ".tools"
_NODE, _PROGRAM = _TOOLS / "node/bin/node", _TOOLS / "azurite/node_modules/.bin/azurite-blob"
ACCOUNT = "devstoreaccount1"
_LISTENS = re.compile(r"successfully listens on https://[\d.]+:(\d+)")
_STARTS_WITHIN = 30.0  # seconds


class Cable(RequestsTransport):  # type: ignore[misc]  # azure-core has no types for it
    """The way to the emulator, which can be cut."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__(connection_timeout=5, read_timeout=20, connection_verify=str(certificate.authority))
        self.is_cut = False

    def send(self, request: Any, **options: Any) -> Any:
        """Send a request, or find nobody there."""
        if self.is_cut:
            raise ServiceRequestError("connection refused")
        return super().send(request, **options)


@dataclass
class Azurite:
    """The emulator. What it holds stays in its folder."""

    folder: Path
    certificate: Certificate
    port: int = 0
    credential: LabCredential = field(default_factory=lambda: LabCredential(Issuer(b"of the tests")))
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it at a free port."""
        words = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--location", str(self.folder)]
        words += ["--disableTelemetry", "--skipApiVersionCheck", "--oauth", "basic"]
        words += ["--cert", str(self.certificate.chain), "--key", str(self.certificate.key)]
        self._process = subprocess.Popen(
            [_NODE, _PROGRAM, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        killer = Timer(_STARTS_WITHIN, os.killpg, (self._process.pid, signal.SIGKILL))
        killer.start()
        told = []
        for line in self._process.stdout:
            told.append(line)
            if found := _LISTENS.search(line):
                killer.cancel()
                self.port = int(found[1])
                return
        raise AssertionError("".join(told))

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)  # it has a child of its own
            self._process.communicate(timeout=20)

    @property
    def url(self) -> str:
        """The URL of the container."""
        return f"https://localhost:{self.port}/{ACCOUNT}/history"

    def container(self) -> ContainerClient:
        """A client for the container."""
        verify = str(self.certificate.authority)
        return ContainerClient.from_container_url(self.url, credential=self.credential, connection_verify=verify)

    def blob(self, cable: Cable | None = None, container: str = "history") -> BlobClient:
        """A client for the history, as the agent makes it but for the pauses."""
        return BlobClient.from_blob_url(
            f"https://localhost:{self.port}/{ACCOUNT}/{container}/agent.db",
            credential=self.credential,
            retry_policy=ExponentialRetry(initial_backoff=0, increment_base=0, retry_total=1, random_jitter_range=0),
            transport=cable or Cable(self.certificate),
        )


@contextmanager
def running(folder: Path) -> Iterator[Azurite]:
    """Azurite with an empty container. Skips the test where it is not installed, except in CI."""
    if not (_NODE.exists() and _PROGRAM.exists()):
        if os.environ.get(REQUIRED) == "1":
            pytest.fail("azurite is not installed: make azurite")
        pytest.skip("azurite is not installed: make azurite")
    (folder / "store").mkdir()
    azurite = Azurite(folder / "store", make_certificate(folder))
    try:
        azurite.start()
        with azurite.container() as container:
            container.create_container()
        yield azurite
    finally:
        azurite.stop()
