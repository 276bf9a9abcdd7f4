"""A real BIND on a free port of this machine's loopback: enough where no documented address matters."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.real.inside import program

HOST = "127.0.0.1"
_PATIENCE = 20.0  # seconds to load all zones
_CONF = """
{keys}
controls {{ }};
options {{
  directory "."; pid-file "named.pid"; session-keyfile "session.key"; managed-keys-directory ".";
  listen-on port {port} {{ {host}; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no; notify no; allow-transfer {{ none; }};
}};
"""
_ZONE = """
zone "{name}" {{
  type primary; file "{name}.zone"; allow-transfer {{ {allow}; }}; check-names ignore; check-integrity no;
}};
"""
_HEAD = "$TTL 60\n@ SOA ns.invalid. hostmaster.invalid. {serial} 3600 300 2419200 10\n@ NS ns.invalid.\n"
SERIAL = 2026010101


@contextmanager
def named(directory: Path, zones: Mapping[str, tuple[str, str]], keys: str = "") -> Iterator[int]:
    """Run BIND in a directory until the block ends; gives its port. A zone is who may have it, and its lines."""
    port = _free_port()
    conf = _CONF.format(keys=keys, port=port, host=HOST)
    for name, (allow, lines) in zones.items():
        conf += _ZONE.format(name=name, allow=allow)
        (directory / f"{name}.zone").write_text(_HEAD.format(serial=SERIAL) + lines, encoding="utf-8")
    (directory / "named.conf").write_text(conf, encoding="utf-8")
    command = [program("named"), "-g", "-n", "1", "-4", "-c", "named.conf"]
    log = directory / "named.log"
    with log.open("wb") as told, subprocess.Popen(command, cwd=directory, stdout=told, stderr=told) as process:
        try:
            _wait(process, log)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while "all zones loaded" not in (text := log.read_text(encoding="utf-8", errors="replace")):
        if process.poll() is not None or time.monotonic() > deadline or "not loaded due to errors" in text:
            raise AssertionError(f"named did not start:\n{text[-3000:]}")
        time.sleep(0.02)
    if "failed: " in text:
        raise AssertionError(f"named did not load everything:\n{text[-3000:]}")


def _free_port() -> int:
    with socket.socket() as tcp:
        tcp.bind((HOST, 0))
        return int(tcp.getsockname()[1])
