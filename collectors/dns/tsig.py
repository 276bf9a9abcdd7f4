"""Keys that sign zone transfers (TSIG, RFC 8945): read from a file or a variable, and never printed.

No message tells anything of what was found: a key in the wrong form is a secret all the same.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.name
import dns.tsig

from collectors.graph.errors import ConfigError

ALGORITHMS = (
    "hmac-sha1",
    "hmac-sha224",
    "hmac-sha256",
    "hmac-sha256-128",
    "hmac-sha384",
    "hmac-sha384-192",
    "hmac-sha512",
    "hmac-sha512-256",
)
"""Those of RFC 8945 section 6 that may still be used, and that the transport knows."""

_LARGEST = 16 * 1024  # bytes
_FORMS = 'key "name" { algorithm hmac-sha256; secret "..."; }; or name:hmac-sha256:secret'
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|(?m:^\s*#[^\n]*)", re.DOTALL)
_STATEMENT = re.compile(r'key\s+("[^"\s]+"|[^"\s{;]+)\s*\{(?P<body>[^{}]*)\}\s*;?', re.IGNORECASE)
_CLAUSE = re.compile(r'(algorithm|secret)\s+("[^"\s]+"|[^"\s;]+)\s*;', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TsigKey:
    """A key: its name and algorithm may be told, its secret is not shown even when the key is printed."""

    name: str
    algorithm: str
    secret: bytes = field(repr=False)

    def for_signing(self) -> dns.tsig.Key:
        """The key as dnspython wants it; its own text shows the secret, so it must not be kept."""
        return dns.tsig.Key(self.name, self.secret, self.algorithm)


def key_from_file(path: Path) -> TsigKey:
    """Read a key file. Raises ConfigError unless it is the user's own and closed to all others."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe without writer must not hang us
        with os.fdopen(handle, "rb") as file:
            _refuse_open(path, os.fstat(file.fileno()))
            content = file.read(_LARGEST + 1)
    except OSError as error:
        says = error.strerror or type(error).__name__
        raise ConfigError(f"{path}: expected a readable TSIG key file, found: {says}.") from error
    return _parse(str(path), content.decode("utf-8", errors="replace"))


def key_from_environment(variable: str, environ: Mapping[str, str]) -> TsigKey:
    """Read a key from an environment variable. Raises ConfigError."""
    if not environ.get(variable):
        raise ConfigError(f"{variable}: expected a TSIG key in this environment variable, found it unset or empty.")
    return _parse(variable, environ[variable])


def _refuse_open(path: Path, found: os.stat_result) -> None:
    """A secret that others can read, or could have written, is none."""
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{path}: expected a TSIG key in a regular file, found something else.")
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise ConfigError(f"{path}: expected a TSIG key file that belongs to the user who runs this, found another's.")
    mode = stat.S_IMODE(found.st_mode)
    if mode not in (0o600, 0o400):
        raise ConfigError(
            f"{path}: expected a TSIG key file with mode 0600 or 0400, found {mode:04o}. Close it with chmod 600."
        )


def _parse(where: str, text: str) -> TsigKey:
    """A key in either form; `where` is told in errors, what was found is not."""
    if len(text) > _LARGEST:
        raise ConfigError(f"{where}: expected a TSIG key, found more than {_LARGEST} characters.")
    words = _statement(text) or _line(text)
    if words is None:
        raise ConfigError(f"{where}: expected one TSIG key as {_FORMS}, found something else (not shown).")
    name, algorithm, secret = words
    if algorithm.lower().rstrip(".") not in ALGORITHMS:
        raise ConfigError(
            f"{where}: expected one of the algorithms {', '.join(ALGORITHMS)}, found another (not shown)."
        )
    try:
        dns.name.from_text(name)
        decoded = base64.b64decode(secret, validate=True)
    except (dns.exception.DNSException, UnicodeError, binascii.Error):
        decoded = b""  # not chained: the cause would show what was found
    if not decoded:
        raise ConfigError(f"{where}: expected a name and a secret in base64, found something else (not shown).")
    return TsigKey(name=name.lower().rstrip("."), algorithm=algorithm.lower().rstrip("."), secret=decoded)


def _statement(text: str) -> tuple[str, str, str] | None:
    """Name, algorithm and secret of BIND's key statement, the only one of the text."""
    found = _STATEMENT.fullmatch(_COMMENT.sub(" ", text).strip())
    if found is None:
        return None
    body = found["body"]
    clauses = {clause[1].lower(): clause[2].strip('"') for clause in _CLAUSE.finditer(body)}
    if _CLAUSE.sub("", body).strip() or clauses.keys() != {"algorithm", "secret"}:
        return None
    return found[1].strip('"'), clauses["algorithm"], clauses["secret"]


def _line(text: str) -> tuple[str, str, str] | None:
    parts = text.strip().split(":")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None
