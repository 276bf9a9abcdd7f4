"""What real servers say of themselves, read as the kind that they are."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.diagnosis.fingerprint import spoken
from checks.follow_ups import VERSION
from checks.resolution.places import CustomServer
from collectors.dns.ask import ask
from collectors.dns.limits import Limits
from collectors.graph.answers import Answer, Question
from collectors.graph.declared import Vantage
from tests.checks.judging import BIND, context_of
from tests.checks.test_observed import hub_spoke
from tests.real.required import need_program

pytestmark = pytest.mark.real_servers

_PATH = "/usr/bin:/usr/sbin:/sbin"
_NAMED = """options {{ directory "."; pid-file none; session-keyfile none; managed-keys-directory ".";
listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; }};
controls {{ }};
"""
_UNBOUND = """server:
 directory: "."
 chroot: ""
 username: ""
 use-syslog: no
 interface: 127.0.0.1@{port}
 do-ip6: no
remote-control:
 control-enable: no
"""
_RECURSOR = (
    "config-dir=.\nsocket-dir=.\nlocal-address=127.0.0.1\nlocal-port={port}\nsecurity-poll-suffix=\ndnssec=off\n"
)
SERVERS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "bind": (("named", "-g", "-n", "1", "-4", "-c", "named.conf"), "named.conf", _NAMED),
    "unbound": (("unbound", "-d", "-p", "-c", "unbound.conf"), "unbound.conf", _UNBOUND),
    "dnsmasq": (
        ("dnsmasq", "-k", "-C", "dnsmasq.conf"),
        "dnsmasq.conf",
        "port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\npid-file=\nuser=\ngroup=\n",
    ),
    "pdns-recursor": (
        ("pdns_recursor", "--config-dir=.", "--daemon=no", "--write-pid=no", "--disable-syslog=yes"),
        "recursor.conf",
        _RECURSOR,
    ),
}


@contextmanager
def running(kind: str, directory: Path) -> Iterator[Callable[[Question], Answer]]:
    """A server on a free port of loopback, and how to ask it."""
    command, name, text = SERVERS[kind]
    need_program(command[0])
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (directory / name).write_text(text.format(port=port), encoding="utf-8")
    vantage = Vantage(name="spoke", address_map={BIND: f"127.0.0.1:{port}"})
    limits = Limits(timeout=0.2, patience=0.2)
    program = shutil.which(command[0], path=_PATH) or command[0]
    with subprocess.Popen(
        [program, *command[1:]], cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield lambda question: ask([question], [vantage], limits, lambda: datetime.now(UTC), lambda *_: None)[0]
        finally:
            process.kill()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_says_of_which_kind_it_is(kind: str, tmp_path: Path) -> None:
    question = Question(vantage="spoke", server=BIND, name=VERSION, type="TXT", dns_class="CH")
    with running(kind, tmp_path) as asking:
        deadline = time.monotonic() + 20
        while not (given := asking(question)).rcode and time.monotonic() < deadline:
            time.sleep(0.05)
    estate = hub_spoke()
    (place,) = set(context_of(estate).places(context_of(estate).required.clients[0]))
    assert isinstance(place, CustomServer)
    said = spoken(context_of(estate, [replace(given, question=question)]), place)
    assert said is not None, given
    assert said.kind == kind, said
