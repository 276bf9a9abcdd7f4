"""The managed identity of the lab: tokens that look like Azure's, and the two endpoints that hand them out."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent.lab.builders import TENANT, guid
from collectors.graph.clouds import CLOUDS

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions

OBJECT_ID = guid("object id of the lab's identity")
CLIENT_ID = guid("client id of the lab's identity")
LIFETIME = 24 * 3600
_IDENTITY = (  # the resource whose identity this is, as tokens of managed identities name it
    f"/subscriptions/{guid('subscription of the agent')}/resourcegroups/rg-agent"
    "/providers/Microsoft.App/containerApps/agent"
)

_AUDIENCES = frozenset(cloud.audience for cloud in CLOUDS.values())


class Token(NamedTuple):
    """A bearer token and when it ends, in epoch seconds."""

    text: str
    expires_on: int


class Issuer:
    """Issues tokens and knows its own again. `secret` signs them; `clock` gives epoch seconds."""

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def issue(self, audience: str) -> Token:
        """A token for an audience, `/.default` of a scope left out."""
        now = int(self._clock())
        claims = {
            "aud": audience.removesuffix("/.default"),
            "iss": f"https://sts.windows.net/{TENANT}/",
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
            "appid": CLIENT_ID,
            "idtyp": "app",
            "oid": OBJECT_ID,
            "sub": OBJECT_ID,
            "tid": TENANT,
            "ver": "1.0",
            "xms_mirid": _IDENTITY,
        }
        signed = f"{_encode({'typ': 'JWT', 'alg': 'HS256'})}.{_encode(claims)}"
        return Token(f"{signed}.{self._signature(signed)}", now + LIFETIME)

    def refusal(self, token: str) -> str:
        """Why Resource Manager would refuse a token, `""` if it would not."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return "The access token is invalid: its signature is not the lab's."
        claims = _decode(signed.partition(".")[2])
        if str(claims.get("aud", "")).rstrip("/") not in _AUDIENCES:
            return f"The access token has been obtained for wrong audience '{claims.get('aud')}'."
        if claims.get("exp", 0) <= self._clock():
            return "The access token has expired."
        return ""

    def _signature(self, signed: str) -> str:
        return _text(hmac.digest(self._secret, signed.encode(), "sha256"))


class LabCredential:
    """A credential as azure-core wants one, for runs that start the lab themselves.

    azure-core is imported when a token is asked for: whoever asks has loaded it already.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A token for the first scope."""
        from azure.core.credentials import AccessToken

        return AccessToken(*self._issuer.issue(scopes[0]))

    def get_token_info(
        self,
        *scopes: str,
        options: TokenRequestOptions | None = None,  # noqa: ARG002, claims and tenant change nothing here
    ) -> AccessTokenInfo:
        """The same for the newer protocol."""
        from azure.core.credentials import AccessTokenInfo

        return AccessTokenInfo(*self._issuer.issue(scopes[0]))

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class IdentityEndpoints:
    """The token endpoints of Container Apps and App Service, and of virtual machines (IMDS)."""

    def __init__(self, issuer: Issuer, header: str) -> None:
        self._issuer = issuer
        self._header = header

    async def app_service(self, request: Request) -> Response:
        """`GET /msi/token?api-version=2019-08-01&resource=...` with the secret in X-IDENTITY-HEADER."""
        sent = request.headers.get("x-identity-header", "")
        if not hmac.compare_digest(sent.encode(), self._header.encode()):
            return _refused(401, "The X-IDENTITY-HEADER header is missing or wrong.")
        return self._token(request, "2019-08-01")

    async def imds(self, request: Request) -> Response:
        """`GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=...` with Metadata: true."""
        if request.headers.get("metadata", "").lower() != "true":
            return _refused(400, "Required metadata header not specified")
        return self._token(request, "2018-02-01")

    def _token(self, request: Request, oldest: str) -> Response:
        resource = request.query_params.get("resource", "")
        version = request.query_params.get("api-version", "")
        if not resource or version < oldest:
            return _refused(400, f"A resource and an api-version from {oldest} on are needed.")
        token = self._issuer.issue(resource)
        return JSONResponse(
            {
                "access_token": token.text,
                "client_id": CLIENT_ID,
                "expires_in": str(LIFETIME),
                "expires_on": str(token.expires_on),
                "ext_expires_in": str(LIFETIME),
                "not_before": str(token.expires_on - LIFETIME),
                "resource": resource,
                "token_type": "Bearer",
            }
        )


def _refused(status: int, description: str) -> Response:
    return JSONResponse({"error": "invalid_request", "error_description": description}, status_code=status)


def _encode(claims: dict[str, Any]) -> str:
    return _text(json.dumps(claims, separators=(",", ":")).encode())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> dict[str, Any]:
    try:
        claims = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (Base64Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
