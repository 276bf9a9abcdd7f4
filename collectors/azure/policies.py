"""Our own steps of the SDK's pipeline: what may leave, how long we wait, how much of an answer is held."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from threading import Event, Lock
from typing import Any

import urllib3
from azure.core import exceptions as azure
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy, RetryPolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from collectors.arm.read_posts import ReadPost
from collectors.azure.endpoint import Endpoint
from collectors.azure.errors import ReadError
from collectors.graph.documents import Reason

LONGEST_WAIT = 60.0
"""Seconds of one wait. Private DNS throttles by the minute, so a minute always helps; more is not throttling."""

LONGEST_WAITING = 300.0
"""Seconds of all waiting in a run: a run that waits longer is late for the next one of its schedule."""

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes of one page after decompression: 1000 endpoints are about 3 MiB."""

LONGEST_BODY = 120.0
"""Seconds for the body of one page, so that one byte at a time does not hold the run."""

_CHUNK = 64 * 1024
_CONNECT_RETRIES = 2  # a connection that is not there twice is not there: a wrong endpoint must show soon

Request = PipelineRequest[HttpRequest]
Response = PipelineResponse[HttpRequest, HttpResponse]
AnyResponse = PipelineResponse[Any, Any]


class Waits:
    """The waiting that a run may do. Waits of several threads at the same time count once."""

    def __init__(self, *, longest: float = LONGEST_WAIT, total: float = LONGEST_WAITING) -> None:
        self._longest = longest
        self._total = total
        self._spent = 0.0
        self._until = 0.0
        self._lock = Lock()
        self._stopped = Event()

    def grant(self, seconds: float) -> str:
        """Set a wait aside; the answer is `""`, or why it is not granted."""
        if not seconds <= self._longest:  # so written that NaN is not granted either
            return f"one wait may last {self._longest:.0f} s"
        with self._lock:
            now = time.monotonic()
            more = max(0.0, now + seconds - max(now, self._until))
            if self._spent + more > self._total:
                return f"the {self._total:.0f} s of waiting that a run may do are used up"
            self._spent += more
            self._until = max(self._until, now + seconds)
            return ""

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run is stopped."""
        if self._stopped.wait(seconds):
            raise ReadError(Reason.NOT_ASKED, "the run was stopped")

    def stop(self) -> None:
        """Wake everybody who waits, and let nobody wait again."""
        self._stopped.set()


class BudgetedRetryPolicy(RetryPolicy[HttpRequest, HttpResponse]):
    """Retries within the run's budget of waiting. The SDK's own obeys any Retry-After, for a day if asked to."""

    def __init__(self, waits: Waits, backoff: float) -> None:
        super().__init__(
            retry_connect=_CONNECT_RETRIES, retry_backoff_factor=backoff, retry_backoff_max=LONGEST_WAIT / 2
        )
        self._waits = waits

    def is_retry(self, settings: dict[str, Any], response: AnyResponse) -> bool:
        """The SDK's own retries any error that has a Retry-After, a 403 too. Throttling is for the schedule."""
        status = response.http_response.status_code
        return status != 429 and status in self._retry_on_status_codes and super().is_retry(settings, response)

    def increment(
        self,
        settings: dict[str, Any],
        response: PipelineRequest[Any] | AnyResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        """Whether to try again; raises ReadError where the endpoint wants a longer wait than is granted."""
        answered = response if isinstance(response, PipelineResponse) else None
        if not super().increment(settings, response=response, error=error):
            return False
        asked = _retry_after(self, answered) if answered is not None else None
        wait = asked or self.get_backoff_time(settings)
        denied = self._waits.grant(wait)
        if denied and asked:
            raise ReadError(Reason.REFUSED, f"the endpoint asked us to wait {asked:.0f} s, but {denied}")
        settings["wait"] = wait
        return not denied

    def sleep(self, settings: dict[str, Any], transport: object, response: object = None) -> None:  # noqa: ARG002
        """Wait as granted, and wake up when the run is stopped."""
        self._waits.sleep(settings["wait"])


def _retry_after(policy: BudgetedRetryPolicy, response: AnyResponse) -> float | None:
    try:
        return policy.get_retry_after(response)
    except (ValueError, OverflowError):  # neither seconds nor a date
        return None


class SharedTokenPolicy(ARMChallengeAuthenticationPolicy):
    """Answers claims challenges as ARM's own policy does, but holds no token itself.

    That one keeps it in an attribute, which a 401 on one thread sets to None while another is about to read it.
    """

    def on_request(self, request: Request) -> None:
        """Attach the token. Encryption is not checked here but by `GuardPolicy`."""
        self.authorize_request(request, *self._scopes)

    def authorize_request(self, request: Request, *scopes: str, **kwargs: Any) -> None:
        """Attach a token with the claims that were asked for."""
        self._update_headers(request.http_request.headers, self._get_token(*scopes, **kwargs).token)


class GuardPolicy(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """The last step before the wire: only GET leaves, and only to the configured scheme and host.

    So does a POST to exactly the URL of one of `posts`, those that only read and that are switched on.
    """

    def __init__(self, endpoint: Endpoint, posts: Iterable[ReadPost] = ()) -> None:
        self._endpoint = endpoint
        self._posts = frozenset(endpoint.url + post.url for post in posts)

    def on_request(self, request: Request) -> None:
        """Raises ReadError for anything that must not leave."""
        method, url = request.http_request.method, request.http_request.url
        if method != "GET" and not (method == "POST" and url in self._posts):
            raise ReadError(Reason.REFUSED, f"a {method} was not sent: this tool only reads")
        if not self._endpoint.owns(request.http_request.url):
            raise ReadError(Reason.REFUSED, f"a request to another host than {self._endpoint.host} was not sent")


class BodyPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Reads the body into the option `body`, bounded in size and time.

    It stands below the retries, so that a body that breaks off is asked for again.
    """

    def __init__(self, *, largest: int = LARGEST_BODY, longest: float = LONGEST_BODY) -> None:
        super().__init__()
        self._largest = largest
        self._longest = longest

    def send(self, request: Request) -> Response:
        """Send, and read what comes back."""
        into = request.context.options.pop("body", None)
        if into is not None:
            request.context["body"] = into  # a retry gets the same options, without what was taken from them
        response = self.next.send(request)
        with ExitStack() as unfinished:
            unfinished.callback(response.http_response.close)
            self._read(response.http_response, request.context["body"])
            unfinished.pop_all()  # urllib3 has put the connection back into the pool
        return response

    def _read(self, response: HttpResponse, body: bytearray) -> None:
        # read1 returns what one read of the socket brings; iter_bytes would block until a whole chunk is there.
        raw = response.internal_response.raw  # type: ignore[attr-defined]  # the requests response, as azure-core sets it
        started = time.monotonic()
        body.clear()  # of what an attempt before this one may have left
        try:
            while chunk := raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > self._largest:
                    raise ReadError(Reason.REFUSED, f"the answer is larger than {self._largest // 1024**2} MiB")
                if time.monotonic() - started > self._longest:
                    raise ReadError(Reason.TIMED_OUT, f"the answer took longer than {self._longest:.0f} s")
        except urllib3.exceptions.ReadTimeoutError as error:
            raise azure.ServiceResponseTimeoutError("read timeout", error=error) from error
        except urllib3.exceptions.DecodeError as error:
            raise azure.DecodeError("content encoding", error=error) from error
        except urllib3.exceptions.HTTPError as error:
            raise azure.IncompleteReadError("incomplete", error=error) from error
