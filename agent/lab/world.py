"""A scenario that runs: Resource Manager, a managed identity and DNS on loopback, for as long as a `with` lasts."""

from __future__ import annotations

import secrets
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.lab.arm import PAGE_SIZE, UNLIMITED, build_app
from agent.lab.arm_faults import ArmFault
from agent.lab.dns import DnsWorld
from agent.lab.estate import LabEstate
from agent.lab.identity import Issuer, LabCredential
from agent.lab.request_log import RequestLog
from agent.lab.resource_graph import POLITE, GraphManners
from agent.lab.rights import READER, Rights
from agent.lab.throttle import Limits
from collectors.graph.declared import Declared
from collectors.graph.errors import UsageError

if TYPE_CHECKING:  # cryptography is for those who ask for https
    from agent.lab.tls import Certificate

_LOOPBACK = "127.0.0.1"
_LONGEST_START = 10.0  # seconds; it takes a few hundredths


class LabWorld:
    """The embedded Azure as a context manager. Raises UsageError on entry when the port is taken.

    `endpoint` is Resource Manager's base URL, `declared` the configuration a run needs, `requests` what was
    asked, `credential` one that the emulator accepts, `environment` what leads the real credential chain here.
    `rights` are what its identity may read.
    `https`: Resource Manager listens with TLS too, at `https_endpoint`, which is what the real `az` insists on.
    """

    def __init__(
        self,
        estate: LabEstate,
        *,
        faults: tuple[ArmFault, ...] = (),
        port: int = 0,
        page_size: int = PAGE_SIZE,
        log_to: BinaryIO | None = None,
        limits: Limits = UNLIMITED,
        graph: GraphManners = POLITE,
        https: bool = False,
        rights: Rights = READER,
    ) -> None:
        self._estate = estate
        self._port = port
        self._https = https
        self._https_environment: dict[str, str] = {}
        self._dns = DnsWorld(estate)
        self._stack = ExitStack()
        issuer = Issuer(secrets.token_bytes(32))
        self._identity_header = secrets.token_hex(16)
        self.https_endpoint = ""
        self.requests = RequestLog(log_to)
        self.credential = LabCredential(issuer)

        def app(estate: LabEstate, faults: tuple[ArmFault, ...]) -> ASGIApp:
            return build_app(
                estate,
                issuer,
                self._identity_header,
                self.requests,
                faults=faults,
                page_size=page_size,
                limits=limits,
                graph=graph,
                rights=rights,
            )

        self._made = app
        self._app = _Exchangeable(app(estate, faults))

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._dns)
            listener = stack.enter_context(_listen(self._port))
            self._port = listener.getsockname()[1]
            stack.enter_context(_Server(self._app, listener))
            if self._https:
                self._serve_https(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def become(self, estate: LabEstate, faults: tuple[ArmFault, ...] = ()) -> None:
        """Show and answer from now on what is there after a change. Raises ValueError where it needs other servers."""
        self._dns.become(estate)
        self._app.app = self._made(estate, faults)

    def turn_dns(self, *, on: bool) -> None:
        """Let all DNS servers answer again, or none."""
        self._dns.turn(on=on)

    def _serve_https(self, stack: ExitStack) -> None:
        from agent.lab.tls import make_certificate

        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="agent-lab-")))
        certificate = make_certificate(folder)
        listener = stack.enter_context(_listen(0))
        stack.enter_context(_Server(self._app, listener, certificate))
        self.https_endpoint = f"https://localhost:{listener.getsockname()[1]}"
        self._https_environment = {
            "ARM_CLOUD_METADATA_URL": f"{self.https_endpoint}/metadata/endpoints?api-version=2022-09-01",
            "REQUESTS_CA_BUNDLE": str(certificate.authority),
            "SSL_CERT_FILE": str(certificate.authority),  # az reads the metadata without requests
        }

    @property
    def endpoint(self) -> str:
        """Resource Manager's base URL."""
        return f"http://{_LOOPBACK}:{self._port}"

    @property
    def cloud(self) -> str:
        """The cloud that is played, a name of `collectors.graph.clouds`."""
        return self._estate.cloud

    @property
    def declared(self) -> Declared:
        """What a person would have to say of this estate, with one vantage per virtual network."""
        return Declared(
            servers=self._estate.declared,
            sites=self._estate.sites,
            clients=self._estate.clients,
            vantages=self._dns.vantages,
            public_resolvers=self._dns.public_resolvers,
        )

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with which DefaultAzureCredential, and over https `az`, ask the lab for tokens and hosts."""
        return {
            "IDENTITY_ENDPOINT": f"{self.endpoint}/msi/token",
            "IDENTITY_HEADER": self._identity_header,
            "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
            **self._https_environment,
        }


class _Exchangeable:
    """An app in the place of which another one can be put while it is served."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class _Server:
    """uvicorn in a thread, on a socket that already listens."""

    def __init__(self, app: ASGIApp, listener: socket.socket, certificate: Certificate | None = None) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",  # what the faults do on purpose is no news
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            http="h11",
            loop="asyncio",
            timeout_graceful_shutdown=1,
            ssl_certfile=certificate.chain if certificate else None,
            ssl_keyfile=certificate.key if certificate else None,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, args=([listener],), name="lab-arm", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + _LONGEST_START
        while not self._server.started and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.002)

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


def _listen(port: int) -> socket.socket:
    try:
        listener = socket.create_server((_LOOPBACK, port), backlog=128)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"The lab cannot listen on {_LOOPBACK}:{port}: {reason}. Choose another --port.") from error
    # A head and a body are two writes: without this the second one waits 40 ms for the first to be acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
