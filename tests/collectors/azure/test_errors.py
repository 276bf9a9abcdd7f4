"""Every way in which a read can fail becomes a gap that says what to do and gives nothing away."""

from __future__ import annotations

import inspect
import json

import pytest
from azure.core import exceptions
from azure.identity import CredentialUnavailableError

from collectors.arm.kinds import KINDS
from collectors.azure.errors import (
    EXCEPTIONS,
    LONGEST_DETAIL,
    NoIdentityError,
    ReadError,
    gap,
    plain,
    reading,
    refusal,
    unreadable,
)
from collectors.graph.documents import Reason

ALL = [
    found
    for _, found in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(found, Exception) and found.__module__ == exceptions.__name__
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_exception_of_azure_core_has_its_reason(error: type[Exception]) -> None:
    """A new class in a new azure-core fails here, before it becomes a vague gap."""
    assert error in EXCEPTIONS


def test_subclasses_elsewhere_are_mapped_like_their_nearest_ancestor() -> None:
    mapped = unreadable(CredentialUnavailableError("secret"))
    assert isinstance(mapped, NoIdentityError)
    assert "secret" not in mapped.detail


def test_the_context_manager_turns_sdk_errors_into_read_errors() -> None:
    with pytest.raises(ReadError) as caught, reading():
        raise exceptions.ServiceResponseTimeoutError("https://host/?sig=secret")
    assert caught.value.reason is Reason.TIMED_OUT
    assert "secret" not in caught.value.detail


def test_programming_errors_are_not_hidden() -> None:
    with pytest.raises(KeyError), reading():
        raise KeyError("bug")


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (401, "InvalidAuthenticationToken", Reason.FORBIDDEN),
        (403, "AuthorizationFailed", Reason.FORBIDDEN),
        (404, "ResourceGroupNotFound", Reason.NOT_FOUND),
        (408, "", Reason.TIMED_OUT),
        (409, "MissingSubscriptionRegistration", Reason.REFUSED),
        (409, "Conflict", Reason.FAILED),
        (429, "TooManyRequests", Reason.THROTTLED),
        (500, "InternalServerError", Reason.FAILED),
        (503, "", Reason.FAILED),
        (400, "InvalidApiVersionParameter", Reason.FAILED),
        (307, "", Reason.REFUSED),
        (204, "", Reason.MALFORMED),
    ],
)
def test_an_answer_other_than_200_has_its_reason_and_tells_the_code(status: int, code: str, reason: Reason) -> None:
    error = refusal(status, json.dumps({"error": {"code": code, "message": "Bearer secret"}}).encode())
    assert error.reason is reason
    assert f"{status} {code}".strip() in error.detail
    assert "secret" not in error.detail


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'{"error": 5}', b'{"error": {"code": 5}}', b"\xff", b"[" * 100_000]
    + [json.dumps({"code": code}).encode() for code in ("x" * 200, "a b", "a\u202eb", "\x1b[31m", "", "?sig=1")],
)
def test_what_does_not_look_like_a_code_is_not_told(body: bytes) -> None:
    assert refusal(500, body).detail == "the answer was 500"


def test_the_code_of_an_answer_without_the_usual_wrapper_is_told() -> None:
    """Private DNS answers 412 without the `error` object."""
    assert "PreconditionFailed" in refusal(412, b'{"code": "PreconditionFailed"}').detail


def test_a_missing_right_says_what_to_grant_and_where() -> None:
    found = gap(KINDS["private-dns-zone"], "/subscriptions/s", refusal(403, b""))
    assert found.action == "grant Microsoft.Network/privateDnsZones/read on /subscriptions/s, e.g. the Reader role"
    assert (found.kind, found.scope, found.reason) == ("private-dns-zone", "/subscriptions/s", Reason.FORBIDDEN)


def test_text_is_one_bounded_line_of_visible_characters() -> None:
    assert plain("a\r\n\x1b[31mb\u202e\u2028 c") == "a [31mb c"
    assert len(plain("x" * 10_000)) == LONGEST_DETAIL
