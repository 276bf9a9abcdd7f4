"""One conversation with ARM: the SDK's own clients and credentials, with a pipeline that cannot write or leak."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from threading import Lock
from types import MappingProxyType, TracebackType
from typing import Any, Self

import msgspec
import requests
from azure.core.credentials import TokenCredential
from azure.core.pipeline.policies import RequestIdPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from collectors.arm.kinds import Kind
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
_BACKOFF = 0.8  # seconds, doubled each time: azure-core's own

Sender = Callable[..., HttpResponse]


class Session:
    """Reads ARM through the SDK's management clients. GET only, to one host only; safe for several threads.

    `endpoint` and `audience` replace the cloud's own. Raises ConfigError for one that would leak the token.
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
        waits: Waits | None = None,
    ) -> None:
        silence_sdk()
        self.endpoint = parse_endpoint(endpoint or cloud.endpoint)
        self.cloud = cloud
        shared = credential if isinstance(credential, SharedCredential) else SharedCredential(credential)
        self._credential = shared
        self._scope = token_scope(cloud, audience)
        self._user_agent = user_agent
        self._backoff = backoff
        self._waits = waits or Waits()
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    def get(self, kind: Kind, url: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON at a path or at an absolute URL of this endpoint. Raises ReadError."""
        # The SDK takes a URL for a format string; a hostile one would reach into its objects.
        target = url.replace("{", "%7B").replace("}", "%7D")
        request = HttpRequest("GET", target, params=params, headers={"Accept": "application/json"})
        body = bytearray()
        with reading():
            response = self._sender(kind.client)(request, stream=True, body=body)
        if response.status_code != 200:
            raise refusal(response.status_code, bytes(body))
        try:
            return msgspec.json.decode(body)
        except (ValueError, RecursionError):  # invalid UTF-8 is a ValueError, but not one of msgspec's
            raise ReadError(Reason.MALFORMED, "the answer is not valid JSON") from None

    def identity(self) -> Identity:
        """Who asks, as the token says. Raises ReadError when there is none."""
        with reading():
            return identity_of(self._credential.get_token(self._scope).token)

    def stop(self) -> None:
        """End all waiting; used when the run is interrupted."""
        self._waits.stop()

    def close(self) -> None:
        """Close all connections. The credential is its owner's to close."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

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
                BudgetedRetryPolicy(self._waits, self._backoff),
                SharedTokenPolicy(self._credential, self._scope),
                GuardPolicy(self.endpoint),
                BodyPolicy(),
            ],
            transport=self._transport(),
        )

    def _transport(self) -> RequestsTransport:
        connections = _Connections()
        # A proxy from the environment must not see a token that travels unencrypted.
        connections.trust_env = not self.endpoint.is_plain
        return RequestsTransport(session=connections, connection_timeout=_CONNECT_TIMEOUT, read_timeout=_READ_TIMEOUT)


class _Connections(requests.Session):
    """Sees no redirects. Even when told not to follow one, requests reads its body to the end, however long."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """There is none."""
