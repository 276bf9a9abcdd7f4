"""JSON files under a seal: an HMAC-SHA256 over the very bytes of their content, so that no spelling is argued about.

Reading trusts nothing. Every mistake is a PlanError whose text begins with its verb, for the path to go before it.
"""

from __future__ import annotations

import gzip
import hmac
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from collectors.files import atomic_write
from collectors.graph.errors import PlanError

MOST_BYTES = 64 * 1024**2
"""What a file may hold, uncompressed: of 3000 questions, the usual budget, not even the tenth part."""

_GZIP = b"\x1f\x8b"
_ENCODER = msgspec.json.Encoder(order="deterministic")


class _Envelope(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`content` is decoded only once the key is known; `hmac` covers every byte of it."""

    content: msgspec.Raw
    hmac: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The content of a file as it was found, and what it was sealed with."""

    content: bytes
    seal: str

    def is_whole(self, key: bytes) -> bool:
        """Whether the content is what somebody with the key wrote."""
        return hmac.compare_digest(self.seal, _seal(self.content, key))


def write_sealed(path: Path, content: msgspec.Struct, key: bytes, most: int = MOST_BYTES) -> None:
    """Write a file whole, mode 0600, as JSON that people can read, compressed if it is named so. Raises AgentError."""
    body = msgspec.json.format(_ENCODER.encode(content), indent=1)
    packed = b'{"content": ' + body + b',\n"hmac": "' + _seal(body, key).encode() + b'"}\n'
    if len(packed) > most:
        raise PlanError(f"{path} would be larger than {most} bytes, which nobody would read: ask for less.")
    atomic_write(path, gzip.compress(packed, mtime=0) if path.suffix == ".gz" else packed)


def read_sealed(path: Path, most: int = MOST_BYTES) -> Sealed:
    """What a file holds, nothing of it believed yet. Raises PlanError."""
    try:
        envelope = msgspec.json.decode(_bytes_of(path, most), type=_Envelope)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise PlanError("is no question plan and no answers to one: expected JSON under a seal.") from error
    return Sealed(content=bytes(envelope.content), seal=envelope.hmac)


def _bytes_of(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            found = file.read(most + 1)
        if found.startswith(_GZIP):
            with gzip.GzipFile(fileobj=io.BytesIO(found), mode="rb") as stream:
                found = stream.read(most + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise PlanError("is damaged: the compressed data cannot be read. Copy it again.") from error
    except OSError as error:
        raise PlanError(f"cannot be read: {error.strerror or error}.") from error
    if len(found) > most:
        raise PlanError(f"is too large: more than {most} bytes. No plan or answers of ours are.")
    return found


def _seal(content: bytes, key: bytes) -> str:
    return hmac.digest(key, content, "sha256").hex()
