"""A server and the real credential chain for every test here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.azure.credential import SharedCredential, open_credential
from collectors.azure.session import Session
from collectors.azure.walk import Collected, collect
from collectors.graph.clouds import CLOUDS
from tests.collectors.azure.arm_server import ArmServer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

MakeSession = Callable[..., Session]
Collect = Callable[..., Collected]


@pytest.fixture
def server() -> Iterator[ArmServer]:
    with ArmServer() as running:
        yield running


@pytest.fixture
def environment(server: ArmServer, monkeypatch: pytest.MonkeyPatch) -> ArmServer:
    """The environment of an Azure container: its managed identity listens on the test's server."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    return server


@pytest.fixture
def credential(environment: ArmServer) -> Iterator[SharedCredential]:
    with open_credential("", CLOUDS["AzureCloud"]) as opened:
        yield opened


@pytest.fixture
def make_session(server: ArmServer, credential: SharedCredential) -> Iterator[MakeSession]:
    """Sessions with the real credential and clients; retries do not wait."""
    with ExitStack() as opened:

        def make(**options: Any) -> Session:
            settings = {"endpoint": server.url, "backoff": 0.001, **options}
            return opened.enter_context(Session(credential, CLOUDS["AzureCloud"], **settings))

        yield make


@pytest.fixture
def read(make_session: MakeSession) -> Collect:
    """A whole walk over the server."""

    def read_all(session: Session | None = None, **options: Any) -> Collected:
        settings = {"progress": lambda text: None, "now": lambda: NOW, **options}
        return collect(session or make_session(), **settings)

    return read_all
