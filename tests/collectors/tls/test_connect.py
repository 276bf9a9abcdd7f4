"""Handshakes with real TLS servers on loopback: whom they name, and everything that can go wrong before that."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collectors.graph.connections import Attempt, Connection
from collectors.graph.declared import Vantage
from collectors.graph.ids import Fqdn
from collectors.tls.connect import ConnectLimits, connect

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOST, ADDRESS = "127.0.0.1", "10.1.0.5"
NAME = Fqdn("x.api.azureml.ms")
LIMITS = ConnectLimits(timeout=0.5)


def certificate(directory: Path, *names: str) -> Path:
    """A self-signed certificate with its key, for some names."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody trusts this")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=30))
        .not_valid_after(datetime.now(UTC) - timedelta(days=1))  # expired: even that is not judged
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
    made = builder.sign(key, hashes.SHA256())
    file = directory / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    return file


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Calls `serve` with every connection in turn."""
    with socket.create_server((HOST, 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, serve))
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            connection.settimeout(5)
            serve(connection)


@contextmanager
def tls(file: Path) -> Iterator[tuple[int, list[str], list[bytes]]]:
    """A TLS server; the names it was asked for, and whatever it was sent after the handshake."""
    asked: list[str] = []
    sent: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=True) as wrapped:
            sent.append(wrapped.recv(100))

    with listening(serve) as port:
        yield port, asked, sent


def vantage(port: int) -> Vantage:
    return Vantage(name="here", address_map={ADDRESS: f"{HOST}:{port}"})


def tried(port: int, name: Fqdn = NAME, limits: ConnectLimits = LIMITS) -> Connection:
    attempt = Attempt(vantage="here", address=ADDRESS, name=name)
    (result,) = connect([attempt], [vantage(port)], limits, lambda: NOW)
    assert (result.attempt, result.tried_at, result.tried) == (attempt, NOW, True)
    return result


def test_the_names_of_a_certificate_that_nobody_trusts_are_read(tmp_path: Path) -> None:
    """The name is told to the server in the handshake, and not a byte is sent after it."""
    with tls(certificate(tmp_path, "*.api.azureml.ms", "b.test")) as (port, asked, sent):
        result = tried(port)
    assert (result.accepted, result.error, result.names) == (True, "", ("*.api.azureml.ms", "b.test"))
    assert asked == [NAME]
    assert sent == [b""]
    assert result.is_for(NAME)


def test_a_certificate_for_others_is_told_apart(tmp_path: Path) -> None:
    with tls(certificate(tmp_path, "proxy.corp.test")) as (port, _, _):
        result = tried(port)
    assert (result.accepted, result.error, result.is_for(NAME)) == (True, "", False)


def test_a_certificate_without_names_names_nobody(tmp_path: Path) -> None:
    with tls(certificate(tmp_path)) as (port, _, _):
        assert tried(port).names == ()


@pytest.mark.parametrize(
    ("shown", "name", "fits"),
    [
        ("x.test", "x.test", True),
        ("X.Test", "x.test", True),
        ("*.test", "x.test", True),
        ("*.test", "a.x.test", False),
        ("*.test", "test", False),
        ("y.test", "x.test", False),
    ],
)
def test_a_wildcard_stands_for_one_label(shown: str, name: str, *, fits: bool) -> None:
    attempt = Attempt(vantage="here", address=ADDRESS, name=Fqdn(name))
    assert Connection(attempt=attempt, tried_at=NOW, accepted=True, names=(shown,)).is_for(name) is fits


def test_a_closed_port_is_not_accepted() -> None:
    with socket.create_server((HOST, 0)) as closed:
        port = int(closed.getsockname()[1])
    result = tried(port)
    assert (result.accepted, result.error) == (False, "over TCP: connection refused")


def test_a_port_that_says_nothing_is_accepted_and_waited_for_no_longer_than_allowed() -> None:
    started = time.monotonic()
    with listening(lambda connection: time.sleep(1)) as port:
        result = tried(port)
    assert (result.accepted, result.error) == (True, "the handshake failed: timed out")
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_port_that_speaks_something_else_is_accepted(said: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(2000)
        connection.sendall(said)

    with listening(serve) as port:
        result = tried(port)
    assert result.accepted
    assert result.error.startswith("the handshake failed: ")
    assert "Bad Request" not in result.error


def test_what_is_beyond_the_limits_is_not_tried_and_says_so() -> None:
    attempts = [Attempt(vantage="here", address=ADDRESS, name=Fqdn(f"n{n}.test")) for n in range(3)]
    with listening(lambda connection: None) as port:
        results = connect(attempts, [vantage(port)], replace(LIMITS, most=1), lambda: NOW)
        late = connect(attempts[:1], [vantage(port)], replace(LIMITS, total=-1), lambda: NOW)
    assert [result.tried for result in results] == [True, False, False]
    assert results[2].error == "not tried: more than 1 connections would be needed"
    assert late[0].error == "not tried: the -1 seconds for all connections are over"


def test_an_unknown_vantage_tries_nothing() -> None:
    attempt = Attempt(vantage="elsewhere", address=ADDRESS, name=NAME)
    (result,) = connect([attempt], [], LIMITS, lambda: NOW)
    assert (result.tried, result.accepted) == (False, False)
