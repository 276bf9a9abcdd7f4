"""Who asks: one identity for all clients. Tokens stay in memory and out of every text."""

from __future__ import annotations

import base64
import logging
import re
import time
from dataclasses import dataclass
from threading import Lock
from types import TracebackType
from typing import Self

import msgspec
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError
from azure.identity import DefaultAzureCredential

from collectors.azure.errors import plain
from collectors.graph.clouds import Cloud
from collectors.graph.errors import CredentialError

_RENEW = 300.0  # seconds before its end that a token is asked for anew, as azure-core does
_LARGEST_TOKEN = 64 * 1024
_CLAIM = re.compile(r"[0-9A-Za-z-]{1,64}")
_TRIED = re.compile(r"^\t(\w+Credential): ?(.*)$", re.MULTILINE)
_NOT_TRIED = re.compile(
    r"unavailable|not configured|not found|not installed|requires the '|run 'az login'|couldn't|could not"
    r"|no .*(?:account|token)",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a token was issued to, as it says itself; `""` where it does not."""

    object_id: str = ""
    tenant: str = ""


class SharedCredential:
    """Hands one token to all clients and threads.

    Without it every client asks on its own, and the Azure CLI's credential starts `az` each time.
    """

    def __init__(self, credential: TokenCredential, tenant: str = "") -> None:
        self._credential = credential
        self._tenant = tenant
        self._tokens: dict[tuple[str, ...], AccessToken] = {}
        self._lock = Lock()

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,  # noqa: ARG002  # of the protocol; the tenant of a run is one
        enable_cae: bool = False,  # noqa: ARG002
        **kwargs: object,  # noqa: ARG002
    ) -> AccessToken:
        """The token for the scopes, asked for anew shortly before it ends or when claims are demanded."""
        with self._lock:
            token = self._tokens.get(scopes)
            if claims or token is None or token.expires_on - time.time() < _RENEW:
                token = self._credential.get_token(*scopes, claims=claims, tenant_id=self._tenant or None)
                self._tokens[scopes] = token
            return token

    @property
    def obtained_by(self) -> str:
        """The kind of credential that gave the token; of a chain the one that had it, the chain's own name before."""
        chosen = getattr(self._credential, "_successful_credential", None)  # azure-identity only logs which it was
        return type(chosen or self._credential).__name__

    def close(self) -> None:
        """Close the connections of the credential, if it has any."""
        close = getattr(self._credential, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_credential(tenant: str, cloud: Cloud, audience: str = "") -> SharedCredential:
    """The credential of this machine, with its first token. `tenant` may be `""`: the identity's own.

    Raises CredentialError when no token can be had. Never asks a person.
    """
    credential = untried_credential(tenant, cloud)
    try:
        credential.get_token(token_scope(cloud, audience))
    except (AzureError, ValueError) as error:
        credential.close()
        raise CredentialError(no_token(str(error), cloud)) from None
    return credential


def untried_credential(tenant: str, cloud: Cloud) -> SharedCredential:
    """The same without a token: for whoever can wait until one is to be had. Raises CredentialError."""
    silence_sdk()
    try:
        return SharedCredential(_default_credential(tenant, cloud), tenant)
    except ValueError as error:  # an environment variable of azure-identity that makes no sense
        raise CredentialError(f"the credential settings of this environment are wrong: {plain(str(error))}") from None


def token_scope(cloud: Cloud, audience: str = "") -> str:
    """The OAuth scope of the control plane."""
    return f"{(audience or cloud.audience).rstrip('/')}/.default"


def identity_of(token: str) -> Identity:
    """Who a token was issued to, read without verifying it: that is the endpoint's business."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _LARGEST_TOKEN:
        return Identity()
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):  # msgspec's and base64's errors are ValueErrors
        return Identity()
    if not isinstance(claims, dict):
        return Identity()
    return Identity(object_id=_claim(claims.get("oid")), tenant=_claim(claims.get("tid")))


def silence_sdk() -> None:
    """Keep the SDK's warnings off stderr: they repeat what a gap says, with URLs in them."""
    for name in ("azure", "msal", "urllib3"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _default_credential(tenant: str, cloud: Cloud) -> DefaultAzureCredential:
    tenants = (
        "workload_identity_tenant_id",
        "shared_cache_tenant_id",
        "visual_studio_code_tenant_id",
        "broker_tenant_id",
    )
    return DefaultAzureCredential(
        authority=cloud.authority,
        exclude_interactive_browser_credential=True,
        **(dict.fromkeys(tenants, tenant) if tenant else {}),
    )


def no_token(text: str, cloud: Cloud) -> str:
    """One sentence out of azure-identity's many lines: what was tried, what really failed, what to do."""
    tried = _TRIED.findall(text)
    names = ", ".join(name.removesuffix("Credential") for name, _ in tried) or "nothing that is configured here"
    told = next((reason for _, reason in tried if reason and not _NOT_TRIED.search(reason)), "")
    because = f"; {plain(told.partition('. ')[0], 160)}" if told else ""
    return (
        f"no token for {cloud.name} could be obtained (tried: {names}){because}; "
        "sign in with 'az login' or assign a managed identity"
    )


def _claim(value: object) -> str:
    return value if isinstance(value, str) and _CLAIM.fullmatch(value) else ""
