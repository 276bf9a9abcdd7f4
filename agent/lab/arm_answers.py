"""The answers of Resource Manager that are not a resource: its error bodies, and a connection cut half way."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from agent.lab.identity import CLIENT_ID, OBJECT_ID
from collectors.graph.ids import ArmId


def json_response(body: Any, *, pretty: bool = False, headers: dict[str, str] | None = None) -> Response:
    """A body as ARM sends it: UTF-8, lists compact, single resources in lines."""
    layout: dict[str, Any] = {"indent": 2} if pretty else {"separators": (",", ":")}
    text = json.dumps(body, ensure_ascii=False, **layout)
    return Response(text.encode(), headers=headers, media_type="application/json; charset=utf-8")


def compact(body: Any) -> bytes:
    """A body without white space."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def page(items: list[bytes], link: str) -> Response:
    """A page of a list; the last one has no `nextLink` at all."""
    more = b',"nextLink":' + compact(link) if link else b""
    body = b'{"value":[' + b",".join(items) + b"]" + more + b"}"
    return Response(body, media_type="application/json; charset=utf-8")


def error(
    status: int,
    code: str,
    message: str,
    *,
    details: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The usual error; `details` are there only where the provider sends them."""
    body: dict[str, Any] = {"code": code, "message": message}
    if details is not None:
        body["details"] = details
    response = json_response({"error": body}, headers=headers)
    response.status_code = status
    return response


def method_not_allowed(method: str) -> Response:
    """The lab only reads."""
    message = f"The http method '{method}' is not supported for a resource."
    return error(405, "HttpMethodNotSupported", message, headers={"Allow": "GET"})


def unauthenticated(refusal: str) -> Response:
    """No token, or not one of ours."""
    code = "InvalidAuthenticationToken" if refusal else "AuthenticationFailed"
    message = refusal or "Authentication failed. The 'Authorization' header is missing."
    challenge = 'Bearer authorization_uri="https://login.windows.net/", error="invalid_token"'
    return error(401, code, message, headers={"WWW-Authenticate": challenge})


def bad_api_version(version: str) -> Response:
    """No api-version, or one that is not a date."""
    if version:
        return error(400, "InvalidApiVersionParameter", f"The api-version '{version}' is invalid.")
    message = "The api-version query parameter (?api-version=) is required for all requests."
    return error(400, "MissingApiVersionParameter", message)


def forbidden(action: str, scope: str) -> Response:
    """The identity lacks a right."""
    message = (
        f"The client '{CLIENT_ID}' with object id '{OBJECT_ID}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please "
        "refresh your credentials."
    )
    return error(403, "AuthorizationFailed", message, headers={"x-ms-failure-cause": "gateway"})


def subscription_not_found(subscription: str) -> Response:
    """A subscription that does not exist, or that the identity does not see: ARM makes no difference."""
    message = f"The subscription '{subscription}' could not be found."
    return error(404, "SubscriptionNotFound", message, headers={"x-ms-failure-cause": "gateway"})


def wrong_tenant() -> Response:
    """A subscription that belongs to another tenant than the one that gave the token."""
    message = "The access token is from the wrong issuer. It must match the tenant associated with this subscription."
    headers = {"WWW-Authenticate": 'Bearer authorization_uri="https://login.windows.net/", error="invalid_token"'}
    return error(401, "InvalidAuthenticationTokenTenant", message, headers=headers)


def group_not_found(group: str) -> Response:
    """A missing resource group, which is not a deleted resource."""
    message = f"Resource group '{group}' could not be found."
    return error(404, "ResourceGroupNotFound", message, headers={"x-ms-failure-cause": "gateway"})


def parent_not_found(parent: str) -> Response:
    """Private DNS's own words for the child of a zone that is gone."""
    message = f"Can not perform requested operation on nested resource. Parent resource '{parent}' not found."
    return error(404, "ParentResourceNotFound", message)


def resource_not_found(wanted: ArmId) -> Response:
    """A missing resource: ARM answers for a resource, Microsoft.Network itself for a child of one."""
    if wanted.type.count("/") > 1:
        return error(404, "NotFound", f"Resource {wanted.name} not found.", details=[])
    message = (
        f"The Resource '{wanted.type}/{wanted.name}' under resource group '{wanted.resource_group}' was not "
        "found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return error(404, "ResourceNotFound", message, headers={"x-ms-failure-cause": "gateway"})


def unknown_type(path: str) -> Response:
    """Nothing is known at this path."""
    return error(404, "InvalidResourceType", f"The resource type of '{path}' could not be found.")


def throttled(subscription: str, seconds: str) -> Response:
    """Too many reads. `seconds` is what Retry-After asks for."""
    message = f"Number of requests for subscription '{subscription}' and operation 'GET' exceeded the backend limit."
    return error(429, "SubscriptionRequestsThrottled", message, headers={"Retry-After": seconds})


def server_error() -> Response:
    """The provider failed."""
    return error(500, "InternalServerError", "An error occurred.", details=[])


def not_registered(namespace: str) -> Response:
    """The answer to which the SDK's own policy would reply with a POST."""
    message = (
        f"The subscription is not registered to use namespace '{namespace}'. See "
        "https://aka.ms/rps-not-found for how to register subscriptions."
    )
    code = "MissingSubscriptionRegistration"
    return error(409, code, message, details=[{"code": code, "target": namespace, "message": message}])


class Cut(Response):
    """A response whose connection ends in the middle of its body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and half of what it promises."""
        del scope, receive
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(head)
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
