"""This machine's own resolvers."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.dns.system import system_resolvers


@pytest.mark.parametrize(
    ("content", "resolvers"),
    [
        (b"", ()),
        (b"# nameserver 1.1.1.1\nnameserver 10.0.0.53\nsearch example\n", ("10.0.0.53",)),
        (b"nameserver\t2001:DB8::1 # x\nnameserver 10.0.0.1\nnameserver 10.0.0.1", ("2001:db8::1", "10.0.0.1")),
        (b"nameserver fe80::1%eth0\nnameserver\nnameservers 1.1.1.1\nnameserver ns.example\n", ()),
        (b"nameserver 10.0.0.1\n" + b"\xff" * 10 + b"\nnameserver 10.0.0.2\n", ("10.0.0.1", "10.0.0.2")),
        (b"".join(b"nameserver 10.0.0.%d\n" % n for n in range(1, 6)), ("10.0.0.1", "10.0.0.2", "10.0.0.3")),
        (b"#" * 100_000 + b"\nnameserver 10.0.0.1\n", ()),
    ],
)  # fmt: skip
def test_only_what_glibc_would_ask_counts(tmp_path: Path, content: bytes, resolvers: tuple[str, ...]) -> None:
    file = tmp_path / "resolv.conf"
    file.write_bytes(content)
    assert system_resolvers(file) == resolvers


def test_without_the_file_there_is_none(tmp_path: Path) -> None:
    assert system_resolvers(tmp_path / "missing") == ()
