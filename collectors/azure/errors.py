"""What can go wrong while reading Azure, and which gap it leaves. The only place that knows azure-core's errors.

ReadError            becomes a gap
  NoAnswerError      nobody answered; ends the run when it happens on the very first question
  NoIdentityError    no token, or it is not accepted; likewise
  ThrottledError     asked too often: to be asked again later
  UnregisteredError  the subscription is not registered with the resource provider, so it holds none of its resources
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import msgspec
from azure.core import exceptions as azure

from collectors.arm.kinds import Kind
from collectors.graph.documents import Gap, Reason

LONGEST_DETAIL = 300
"""Characters of a detail: one sentence fits, a page of HTML does not."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_LATER = "try again later"


class ReadError(Exception):
    """Something could not be read. `detail` is one sentence, `action` what to do about it."""

    def __init__(self, reason: Reason, detail: str, action: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = plain(detail)
        self.action = action


class NoAnswerError(ReadError):
    """The endpoint could not be reached, or did not answer."""


class NoIdentityError(ReadError):
    """There is no token, or the endpoint does not accept it."""


class ThrottledError(ReadError):
    """Azure refuses for the moment. `wait` is what Retry-After asks for in seconds, None without a usable one.

    `of_subscription`: all reads of the subscription are meant, not only those of one provider.
    """

    def __init__(self, detail: str, *, wait: float | None, of_subscription: bool) -> None:
        super().__init__(Reason.THROTTLED, detail, _LATER)
        self.wait = wait
        self.of_subscription = of_subscription


class UnregisteredError(ReadError):
    """The subscription is not registered with the resource provider.

    A subscription that holds resources of a provider cannot be unregistered from it ("Azure resource providers
    and types", Unregister), so this proves that a list is empty. Half-registered states have other codes.
    """


_TABLE: tuple[tuple[type[Exception], type[ReadError], Reason, str], ...] = (
    (azure.AzureError, ReadError, Reason.FAILED, "the request failed"),
    (azure.ServiceRequestError, NoAnswerError, Reason.FAILED, "no connection"),
    (azure.ServiceRequestTimeoutError, NoAnswerError, Reason.TIMED_OUT, "the connection timed out"),
    (azure.ServiceResponseError, NoAnswerError, Reason.FAILED, "the connection broke off before the answer"),
    (azure.ServiceResponseTimeoutError, NoAnswerError, Reason.TIMED_OUT, "no answer in time"),
    (azure.ClientAuthenticationError, NoIdentityError, Reason.FORBIDDEN, "no token could be obtained"),
    (azure.HttpResponseError, ReadError, Reason.FAILED, "the request failed"),
    (azure.DecodeError, ReadError, Reason.MALFORMED, "the answer could not be decoded"),
    (azure.IncompleteReadError, ReadError, Reason.FAILED, "the answer broke off in the middle"),
    (azure.ResourceNotFoundError, ReadError, Reason.NOT_FOUND, "not found"),
    (azure.ResourceExistsError, ReadError, Reason.REFUSED, "the answer was a conflict"),
    (azure.ResourceModifiedError, ReadError, Reason.FAILED, "a condition was not met"),
    (azure.ResourceNotModifiedError, ReadError, Reason.FAILED, "the answer was 'not modified'"),
    (azure.TooManyRedirectsError, ReadError, Reason.REFUSED, "the endpoint redirects"),
    (azure.ODataV4Error, ReadError, Reason.FAILED, "the request failed"),
    (azure.StreamConsumedError, ReadError, Reason.FAILED, "the answer could not be read"),
    (azure.StreamClosedError, ReadError, Reason.FAILED, "the answer could not be read"),
    (azure.ResponseNotReadError, ReadError, Reason.FAILED, "the answer could not be read"),
    (azure.SerializationError, ReadError, Reason.MALFORMED, "the request could not be written"),
    (azure.DeserializationError, ReadError, Reason.MALFORMED, "the answer could not be decoded"),
    # Hostile headers get through azure-core as plain ones: a claims challenge that is not base64, for instance.
    (ValueError, ReadError, Reason.MALFORMED, "the answer has an invalid header"),
)

EXCEPTIONS: Mapping[type[Exception], tuple[type[ReadError], Reason, str]] = MappingProxyType(
    {error: (becomes, reason, text) for error, becomes, reason, text in _TABLE}
)
"""Every exception class of azure-core, and what it becomes."""


@contextmanager
def reading() -> Iterator[None]:
    """Turn azure-core's exceptions into `ReadError`. Their own texts hold URLs with tokens and are not used."""
    try:
        yield
    except (azure.AzureError, ValueError) as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> ReadError:
    """What an exception of azure-core becomes."""
    becomes, reason, text = next(EXCEPTIONS[known] for known in type(error).__mro__ if known in EXCEPTIONS)
    cause = _system_error(error) if becomes is NoAnswerError else ""
    action = _LATER if reason in (Reason.FAILED, Reason.TIMED_OUT) else ""
    return becomes(reason, f"{text} ({cause})" if cause else text, action)


def refusal(status: int, body: bytes, wait: float | None = None) -> ReadError:
    """What an answer other than 200 becomes. Only the error code of its body is told: messages hold anything.

    `wait` is what its Retry-After asks for in seconds, if it has a usable one.
    """
    code = _error_code(body)
    answer = f"the answer was {status} {code}".rstrip()
    if status == 401 and code.lower() == "invalidauthenticationtokentenant":
        return NoIdentityError(Reason.FOREIGN, f"{answer}: it belongs to another tenant", "ask its owners")
    if status == 401:
        return NoIdentityError(Reason.FORBIDDEN, f"{answer}: the token was not accepted")
    if status == 403:
        return ReadError(Reason.FORBIDDEN, answer)
    if status in (404, 410):
        return ReadError(Reason.NOT_FOUND, answer)
    if status == 429:
        return ThrottledError(answer, wait=wait, of_subscription=code.lower().startswith("subscriptionrequests"))
    if status == 408:
        return ReadError(Reason.TIMED_OUT, answer, _LATER)
    if status == 409 and "registration" in code.lower():
        return _unregistered(answer, code)
    if 300 <= status < 400:
        return ReadError(Reason.REFUSED, f"{answer}: redirects are not followed, so that the token stays here")
    if 200 <= status < 300:
        return ReadError(Reason.MALFORMED, f"{answer}: a list comes with 200")
    return ReadError(Reason.FAILED, answer, _LATER if status >= 500 else "")


def gap(kind: Kind, scope: str, error: ReadError) -> Gap:
    """The gap that a failed read of a kind leaves at a scope (`""`: the tenant)."""
    where = scope or "/"
    action = error.action or (grant(kind, where) if error.reason is Reason.FORBIDDEN else "")
    return Gap(kind=kind.name, scope=where, reason=error.reason, detail=error.detail, action=action)


def grant(kind: Kind, scope: str) -> str:
    """What to do about a missing right."""
    return f"grant {kind.action} on {scope}, e.g. the Reader role"


def plain(text: str, longest: int = LONGEST_DETAIL) -> str:
    """Text on one line: without control and format characters, and not longer than `longest`."""
    visible = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * longest]).split())
    return visible if len(visible) <= longest else visible[: longest - 3] + "..."


def _unregistered(answer: str, code: str) -> ReadError:
    proved = code.lower() == "missingsubscriptionregistration"
    return (UnregisteredError if proved else ReadError)(
        Reason.REFUSED,
        f"{answer}: the resource provider is not registered here, and registering it would be a write",
        "register the resource provider in this subscription",
    )


def _error_code(body: bytes) -> str:
    """The code of `{"error": {"code": ...}}` or of `{"code": ...}`; `""` when nothing looks like one."""
    try:
        answer = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # invalid UTF-8 is a ValueError, but not one of msgspec's
        return ""
    error = answer.get("error", answer) if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _system_error(error: BaseException) -> str:
    """What the operating system or TLS said at the bottom of a chain of exceptions."""
    text = ""
    link: BaseException | None = getattr(error, "inner_exception", None)  # azure-core chains nothing itself
    for _ in range(12):  # requests and urllib3 wrap about five times
        if link is None:
            break
        if isinstance(link, OSError) and link.strerror:
            text = plain(str(link.strerror), 100)
        link = link.__cause__ or link.__context__
    return text
