"""One conversation with ARM: the SDK's own clients and credentials, with a pipeline that cannot write or leak."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from types import MappingProxyType, TracebackType
from typing import Any, Self

import msgspec
import requests
from azure.core.credentials import TokenCredential
from azure.core.pipeline.policies import RequestIdPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from requests.adapters import HTTPAdapter

from collectors.arm.kinds import Kind
from collectors.arm.read_posts import ReadPost
from collectors.azure.credential import Identity, SharedCredential, identity_of, silence_sdk, token_scope
from collectors.azure.endpoint import parse_endpoint
from collectors.azure.errors import ReadError, reading, refusal
from collectors.azure.policies import BodyPolicy, BudgetedRetryPolicy, GuardPolicy, SharedTokenPolicy, Waits
from collectors.graph.clouds import Cloud
from collectors.graph.documents import Reason

# Module, class, and the name of its "send what I give you": the older generator hides it behind an underscore.
_CLIENTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "network": ("azure.mgmt.network", "NetworkManagementClient", "send_request"),
        "privatedns": ("azure.mgmt.privatedns", "PrivateDnsManagementClient", "send_request"),
        "dnsresolver": ("azure.mgmt.dnsresolver", "DnsResolverManagementClient", "_send_request"),
        "machinelearning": (
            "azure.mgmt.machinelearningservices",
            "MachineLearningServicesMgmtClient",
            "_send_request",
        ),
    }
)
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"  # the clients demand one; our paths name their own
_CONNECT_TIMEOUT = 10.0  # seconds; the SDK's own 300 hide a firewall that drops packets
_READ_TIMEOUT = 60.0  # ARM itself gives up on a provider after about as long
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_BACKOFF = 0.8  # seconds, doubled each time: azure-core's own

CONNECTIONS = 48
"""Requests at a time. ARM counts requests, by subscription; at its usual 80 ms this many are what one process can
turn into documents. Measured over 500 subscriptions: the closure of a workspace in 8.5 s, with 32 in 11, with 24 in 13.
"""

Sender = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of 200: its JSON, its headers, and the brackets of its text."""

    content: Any
    headers: Mapping[str, str]
    brackets: bytes

    def nests_at_most(self, levels: int) -> bool:
        """Whether it surely nests no deeper; brackets inside of strings may make it seem deeper.

        Taking away innermost pairs costs next to nothing; walking all of the objects costs more than parsing them.
        """
        left = self.brackets
        for _ in range(levels):
            left = left.replace(b"[]", b"").replace(b"{}", b"")
            if not left:
                return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An answer of 202: where to look again, as Azure spells it, and after how many seconds (None: not told)."""

    location: str
    wait: float | None


class Session:
    """Reads ARM through the SDK's management clients. GET only, to one host only; safe for several threads.

    `endpoint` and `audience` replace the cloud's own; `posts` are the POSTs that may leave too. Raises ConfigError
    for an endpoint that would leak the token.
    """

    def __init__(
        self,
        credential: TokenCredential,
        cloud: Cloud,
        *,
        endpoint: str = "",
        audience: str = "",
        user_agent: str = "private-endpoint-dns-agent",
        backoff: float = _BACKOFF,
        read_timeout: float = _READ_TIMEOUT,
        waits: Waits | None = None,
        posts: Iterable[ReadPost] = (),
    ) -> None:
        silence_sdk()
        self.endpoint = parse_endpoint(endpoint or cloud.endpoint)
        self.cloud = cloud
        shared = credential if isinstance(credential, SharedCredential) else SharedCredential(credential)
        self._credential = shared
        self._scope = token_scope(cloud, audience)
        self._user_agent = user_agent
        self.backoff = backoff
        self.waits = waits or Waits()
        self.posts = frozenset(posts)
        self._read_timeout = read_timeout
        self._transport = self._make_transport()
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    def get(self, kind: Kind, url: str, params: Mapping[str, str] | None = None) -> Page:
        """The JSON at a path or at an absolute URL of this endpoint.

        Passing failures are retried here. Raises ThrottledError at once, for the caller to ask again when it is
        time: until then this thread has others to serve. Raises ReadError for everything else.
        """
        # The SDK takes a URL for a format string; a hostile one would reach into its objects.
        target = url.replace("{", "%7B").replace("}", "%7D")
        request = HttpRequest("GET", target, params=params, headers={"Accept": "application/json"})
        return self._answer(kind.client, request)

    def post(self, read: ReadPost, content: Mapping[str, Any]) -> Page:
        """The answer to a POST that only reads, and that was switched on for this session. Raises as `get` does."""
        return self._answer(read.client, _post(read, content))

    def begin(self, read: ReadPost, content: Mapping[str, Any]) -> Page | Accepted:
        """As `post`, where Azure may need a while for the answer."""
        return self._answer_or_later(read.client, _post(read, content))

    def look_again(self, read: ReadPost, url: str) -> Page | Accepted:
        """Whether what was begun is done, at the absolute URL that Azure named. Raises as `get` does."""
        target = url.replace("{", "%7B").replace("}", "%7D")
        return self._answer_or_later(read.client, HttpRequest("GET", target, headers={"Accept": "application/json"}))

    def _answer_or_later(self, client: str, request: HttpRequest) -> Page | Accepted:
        response, body = self._send(client, request)
        if response.status_code != 202:
            return _page(response, body)
        return Accepted(location=response.headers.get("location", ""), wait=_retry_after(response.headers))

    def _answer(self, client: str, request: HttpRequest) -> Page:
        return _page(*self._send(client, request))

    def _send(self, client: str, request: HttpRequest) -> tuple[HttpResponse, bytearray]:
        body = bytearray()
        with reading():
            return self._sender(client)(request, stream=True, body=body), body

    def identity(self) -> Identity:
        """Who asks, as the token says. Raises ReadError when there is none."""
        with reading():
            return identity_of(self._credential.get_token(self._scope).token)

    @property
    def obtained_by(self) -> str:
        """The kind of credential that gives the tokens."""
        return self._credential.obtained_by

    def stop(self) -> None:
        """End all waiting; used when the run is interrupted."""
        self.waits.stop()

    def close(self) -> None:
        """Close all connections. The credential is its owner's to close."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sender(self, name: str) -> Sender:
        module, client, send = _CLIENTS[name]
        with self._lock:
            if name not in self._clients:
                self._clients[name] = self._build(getattr(importlib.import_module(module), client))
            sender: Sender = getattr(self._clients[name], send)
            return sender

    def _build(self, client: Callable[..., Any]) -> Any:
        return client(
            self._credential,
            _NO_SUBSCRIPTION,
            base_url=self.endpoint.url,
            credential_scopes=[self._scope],
            # Not here: provider registration (it writes) and redirects (they may lead elsewhere).
            policies=[
                RequestIdPolicy(),
                UserAgentPolicy(base_user_agent=self._user_agent),
                BudgetedRetryPolicy(self.waits, self.backoff),
                SharedTokenPolicy(self._credential, self._scope),
                GuardPolicy(self.endpoint, self.posts),
                BodyPolicy(),
            ],
            transport=self._transport,  # one for all clients: they talk to one host, over the same connections
        )

    def _make_transport(self) -> RequestsTransport:
        connections = _Connections()
        # A proxy from the environment must not see a token that travels unencrypted.
        connections.trust_env = not self.endpoint.is_plain
        return RequestsTransport(
            session=connections, connection_timeout=_CONNECT_TIMEOUT, read_timeout=self._read_timeout
        )


class _Connections(requests.Session):
    """Sends what the pipeline has made and adds nothing of its own: a connection for every worker, no more.

    A session of requests also keeps cookies, follows redirects (and reads the body of one even when told not to
    follow it, however long), and looks on every request for a netrc, whose password would replace our token.
    """

    def __init__(self) -> None:
        super().__init__()
        for prefix in ("https://", "http://"):
            self.mount(prefix, HTTPAdapter(pool_maxsize=CONNECTIONS))
        self._environment: dict[str, Any] = {}

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]  # fewer ways
        """Send one request through the proxy and with the authorities that the environment names."""
        prepared = requests.PreparedRequest()
        headers = {"Accept-Encoding": "gzip, deflate", "Connection": "keep-alive", **options["headers"]}
        prepared.prepare(method=method, url=url, headers=headers, data=options.get("data"))
        if not self._environment:  # one host: it says the same every time
            verify, cert = options.get("verify"), options.get("cert")
            self._environment = dict(self.merge_environment_settings(url, {}, True, verify, cert))
        adapter = self.get_adapter(url)
        return adapter.send(prepared, timeout=options.get("timeout"), **self._environment)


def _post(read: ReadPost, content: Mapping[str, Any]) -> HttpRequest:
    headers = {"Accept": "application/json"}
    return HttpRequest("POST", read.path, params={"api-version": read.api_version}, headers=headers, json=content)


def _page(response: HttpResponse, body: bytearray) -> Page:
    """The JSON of an answer of 200. Raises ReadError for any other."""
    if response.status_code != 200:
        raise refusal(response.status_code, bytes(body), _retry_after(response.headers))
    try:
        content = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # invalid UTF-8 is a ValueError, but not one of msgspec's
        raise ReadError(Reason.MALFORMED, "the answer is not valid JSON") from None
    return Page(content=content, headers=response.headers, brackets=bytes(body.translate(None, _NO_BRACKETS)))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that an answer asks us to wait, None where it says nothing that makes sense."""
    try:
        if "retry-after-ms" in headers or "x-ms-retry-after-ms" in headers:
            wait = float(headers.get("retry-after-ms") or headers["x-ms-retry-after-ms"]) / 1000
        else:
            wait = _seconds(headers.get("retry-after", ""))
    except (ValueError, OverflowError, TypeError):  # neither a number nor a date
        return None
    return wait if wait >= 0 else None  # so written that NaN makes no sense either


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
