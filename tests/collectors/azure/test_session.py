"""The real SDK clients, with a pipeline that neither writes nor leaks nor waits for ever."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest
from azure.core.rest import HttpRequest

from collectors.arm.kinds import KINDS
from collectors.azure.credential import Identity
from collectors.azure.errors import NoAnswerError, NoIdentityError, ReadError, ThrottledError, UnregisteredError
from collectors.azure.policies import LARGEST_BODY
from collectors.azure.session import Session
from collectors.graph.clouds import CLOUDS
from collectors.graph.documents import Reason
from collectors.graph.errors import ConfigError
from tests.collectors.azure.arm_server import OBJECT_ID, TENANT_ID, TOKEN, ArmServer, Reply, failed
from tests.collectors.azure.conftest import MakeSession

PATH = "/some/path"
KIND = KINDS["private-dns-zone"]


def caught_by(session: Session, url: str = PATH) -> ReadError:
    with pytest.raises(ReadError) as caught:
        session.get(KIND, url)
    assert TOKEN not in caught.value.detail
    return caught.value


@pytest.mark.parametrize("kind", ["virtual-network", "private-dns-zone", "workspace"])
def test_each_client_sends_a_get_with_the_token_and_our_name(
    kind: str, server: ArmServer, make_session: MakeSession
) -> None:
    server.on(PATH, Reply(body={"value": [1]}))
    session = make_session(user_agent="private-endpoint-dns-agent/9.9")
    page = session.get(KINDS[kind], PATH, {"api-version": "2020-01-01", "$top": "1000"})
    assert page.content == {"value": [1]}
    seen = server.seen[-1]
    assert (seen.method, seen.path) == ("GET", f"{PATH}?api-version=2020-01-01&$top=1000")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["user-agent"].startswith("private-endpoint-dns-agent/9.9")
    assert seen.headers["x-ms-client-request-id"]


def test_the_identity_is_told_for_the_header_of_a_snapshot(make_session: MakeSession) -> None:
    assert make_session().identity() == Identity(object_id=OBJECT_ID, tenant=TENANT_ID)


def test_one_token_serves_all_clients(server: ArmServer, make_session: MakeSession) -> None:
    session = make_session()
    for kind in ("virtual-network", "private-dns-zone", "workspace"):
        session.get(KINDS[kind], PATH)
    assert [seen.path.partition("?")[0] for seen in server.seen] == ["/msi/token", PATH, PATH, PATH]


def test_only_get_can_leave_even_through_the_typed_operations(server: ArmServer, make_session: MakeSession) -> None:
    """A write that a later change might bring in by mistake is stopped before the wire."""
    session = make_session()
    send = session._sender("privatedns")
    for method in ("POST", "PUT", "DELETE", "PATCH", "HEAD"):
        with pytest.raises(ReadError, match="only reads"):
            send(HttpRequest(method, PATH), stream=True, body=bytearray())
    assert server.asked == []


def test_the_token_goes_to_no_other_host(server: ArmServer, make_session: MakeSession) -> None:
    with ArmServer() as other:
        error = caught_by(make_session(), other.url.replace("127.0.0.1", "localhost") + PATH)
        assert other.seen == []
    assert error.reason is Reason.REFUSED
    assert server.asked == []


def test_a_redirect_is_not_followed(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, Reply(status=307, body={}, headers={"Location": f"{server.url}/elsewhere"}))
    assert caught_by(make_session()).reason is Reason.REFUSED
    assert server.asked == [PATH]


def test_the_body_of_a_redirect_is_bounded_too(server: ArmServer, make_session: MakeSession) -> None:
    body = gzip.compress(b" " * (LARGEST_BODY + 1))
    server.on(PATH, Reply(status=307, body=body, headers={"Content-Encoding": "gzip", "Location": server.url}))
    assert "larger than" in caught_by(make_session()).detail


def test_an_unregistered_provider_is_not_registered(server: ArmServer, make_session: MakeSession) -> None:
    message = "The subscription is not registered to use namespace 'Microsoft.Network'"
    server.on(PATH, failed(409, "MissingSubscriptionRegistration", message))
    error = caught_by(make_session(), PATH)
    assert isinstance(error, UnregisteredError)
    assert error.reason is Reason.REFUSED
    assert "MissingSubscriptionRegistration" in error.detail
    assert {seen.method for seen in server.seen} == {"GET"}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry_After": "17"}, 17.0),
        ({"Retry_After": "0"}, 0.0),
        ({"Retry_After": "1e400"}, float("inf")),
        ({"retry_after_ms": "250"}, 0.25),
        ({"x_ms_retry_after_ms": "500"}, 0.5),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "nan"}, None),
        ({"Retry_After": ""}, None),
        ({"Retry_After": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({}, None),
    ],
)
def test_throttling_is_told_at_once_with_the_wait_that_azure_asks_for(
    headers: dict[str, str], wait: float | None, server: ArmServer, make_session: MakeSession
) -> None:
    """Whoever schedules asks again; a thread that slept here would keep others waiting."""
    server.on(PATH, failed(429, "TooManyRequests", **headers))
    error = caught_by(make_session())
    assert isinstance(error, ThrottledError)
    assert (error.reason, error.wait, error.of_subscription) == (Reason.THROTTLED, wait, False)
    assert server.asked == [PATH]


def test_a_date_to_retry_after_becomes_seconds(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, failed(429, "SubscriptionRequestsThrottled", Retry_After="Fri, 31 Dec 2100 23:59:59 GMT"))
    error = caught_by(make_session())
    assert isinstance(error, ThrottledError)
    assert error.wait is not None
    assert error.wait > 86400
    assert error.of_subscription


def test_the_refusal_names_the_seconds(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, failed(503, "", Retry_After="86400"))
    assert "wait 86400 s, but one wait may last 60 s" in caught_by(make_session()).detail


@pytest.mark.parametrize("header", ["soon", "-5", "nan", ""])
def test_a_retry_after_that_makes_no_sense_is_ignored(
    header: str, server: ArmServer, make_session: MakeSession
) -> None:
    server.on(PATH, failed(503, "", Retry_After=header), Reply(body={}))
    assert make_session().get(KIND, PATH).content == {}


def test_a_failing_endpoint_is_asked_four_times(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, failed(500, "InternalServerError"))
    error = caught_by(make_session())
    assert (error.reason, server.asked) == (Reason.FAILED, [PATH] * 4)


def test_forbidden_is_not_asked_again_even_with_a_retry_after(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, failed(403, "AuthorizationFailed", Retry_After="1"))
    assert caught_by(make_session()).reason is Reason.FORBIDDEN
    assert server.asked == [PATH]


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"<html></html>", b'["\xff"]', b'{"a": "\\ud800"}', b"[" * 100_000, b"1" * 5000, b'{"a": NaN}'],
    ids=["cut", "empty", "html", "not-utf8", "surrogate", "deep", "huge-number", "nan"],
)
def test_what_is_not_json_is_malformed(body: bytes, server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, Reply(body=body))
    assert caught_by(make_session()).reason is Reason.MALFORMED


def test_a_body_that_breaks_off_is_asked_for_again(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, Reply(body={"value": []}, missing=10), Reply(body={"value": [1]}))
    assert make_session().get(KIND, PATH).content == {"value": [1]}


def test_a_body_that_always_breaks_off_is_a_failure(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, Reply(body={"value": []}, missing=10))
    error = caught_by(make_session())
    assert error.reason is Reason.FAILED
    assert "broke off" in error.detail
    assert len(server.asked) == 4


def test_a_compressed_body_is_read(server: ArmServer, make_session: MakeSession) -> None:
    body = gzip.compress(json.dumps({"value": ["x" * 200_000]}).encode())
    server.on(PATH, Reply(body=body, headers={"Content-Encoding": "gzip"}))
    assert make_session().get(KIND, PATH).content == {"value": ["x" * 200_000]}


def test_a_compression_that_is_broken_is_malformed(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}))
    assert caught_by(make_session()).reason is Reason.MALFORMED


def test_a_body_that_unpacks_without_end_is_not_held(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, Reply(body=gzip.compress(b" " * (LARGEST_BODY + 1)), headers={"Content-Encoding": "gzip"}))
    error = caught_by(make_session())
    assert error.reason is Reason.REFUSED
    assert server.asked == [PATH]


def test_a_token_that_is_not_accepted_is_told_as_such(server: ArmServer, make_session: MakeSession) -> None:
    server.on(PATH, failed(401, "InvalidAuthenticationToken"))
    assert isinstance(caught_by(make_session()), NoIdentityError)


def test_a_claims_challenge_brings_a_new_token(server: ArmServer, make_session: MakeSession) -> None:
    challenge = 'Bearer error="insufficient_claims", claims="e30="'
    server.on(PATH, failed(401, "TokenExpired", WWW_Authenticate=challenge), Reply(body={}))
    assert make_session().get(KIND, PATH).content == {}
    assert len([seen for seen in server.seen if seen.path.startswith("/msi/")]) == 2


def test_a_claims_challenge_that_is_garbage_is_a_gap_not_a_crash(server: ArmServer, make_session: MakeSession) -> None:
    challenge = 'Bearer error="insufficient_claims", claims="%%%a"'
    server.on(PATH, failed(401, "TokenExpired", WWW_Authenticate=challenge))
    caught_by(make_session())


@pytest.mark.parametrize("path", ["/{endpoint.__class__.__init__.__globals__}", "/{0}/{nothing}", "/{"])
def test_a_url_is_not_a_format_string(path: str, server: ArmServer, make_session: MakeSession) -> None:
    make_session().get(KIND, f"{server.url}{path}")
    assert server.asked == [path.replace("{", "%7B").replace("}", "%7D")]


def test_an_endpoint_where_nobody_listens_says_so(make_session: MakeSession) -> None:
    with ArmServer() as gone:
        pass
    error = caught_by(make_session(endpoint=gone.url))
    assert isinstance(error, NoAnswerError)
    assert "Connection refused" in error.detail


def test_a_proxy_of_the_environment_does_not_see_an_unencrypted_token(
    server: ArmServer, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ArmServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        make_session().get(KIND, PATH)
        assert proxy.seen == []
    assert server.asked == [PATH]


def test_plain_http_to_another_host_is_refused_before_anything_is_sent(make_session: MakeSession) -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        make_session(endpoint="http://192.0.2.1")


def test_the_network_client_is_imported_only_when_a_network_kind_is_asked() -> None:
    """It is the heaviest import of all: a quarter of a second and thirty megabytes."""
    code = (
        "import sys; from collectors.azure.session import Session; from collectors.graph.clouds import CLOUDS;"
        f"Session(None, CLOUDS['{next(iter(CLOUDS))}'])._sender('privatedns');"
        "print('azure.mgmt.network' in sys.modules, 'azure.mgmt.privatedns' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "True"]


def test_one_connection_serves_many_requests(server: ArmServer, make_session: MakeSession) -> None:
    session = make_session()
    before = server.connections
    server.on("/error", failed(403, "AuthorizationFailed"))
    for _ in range(5):
        session.get(KIND, PATH)
        caught_by(session, "/error")
    assert server.connections - before == 1
