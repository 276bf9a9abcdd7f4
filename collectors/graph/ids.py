"""The two identifiers of this house, normalised once at the boundary: DNS names and ARM ids.

Azure spells one resource in several ways (it lower-cases resource groups in private DNS, for instance), so
an id is compared without case and shown as it was received.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import total_ordering
from typing import NewType

Fqdn = NewType("Fqdn", str)
"""A domain name: lower case, absolute, without the trailing dot; `""` is the root."""

_LABEL = re.compile(r"[!-\-/-~]{1,63}")  # visible ASCII but the dot: labels may hold more than host names
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, and what UTF-8 lacks
_SLASHES = re.compile(r"/{2,}")
_set = object.__setattr__  # how a frozen object is filled
_LONGEST_NAME = 253  # RFC 1035 section 2.3.4, in text form without the trailing dot


def fqdn(text: str) -> Fqdn:
    """Normalise a domain name. Raises ValueError for anything that DNS could not carry as visible ASCII."""
    trimmed = text.strip(" \t\r\n")
    name = trimmed.removesuffix(".").lower()
    fits = trimmed.isascii() and len(name) <= _LONGEST_NAME  # asked first: some letters turn into ASCII in lower case
    if name and not (fits and all(_LABEL.fullmatch(label) for label in name.split("."))):
        raise ValueError(f"not a domain name: {text!r}")
    return Fqdn(name)


def is_under(name: str, suffix: str) -> bool:
    """Whether a normalised name is the suffix itself or below it."""
    return name == suffix or not suffix or name.endswith("." + suffix)


def suffixes(name: str) -> list[Fqdn]:
    """The name and its ancestors, longest first, the root left out: `a.b.c` gives `a.b.c`, `b.c`, `c`."""
    labels = name.split(".")
    return [Fqdn(".".join(labels[start:])) for start in range(len(labels))] if name else []


def relative(name: str, zone: str) -> str:
    """The name relative to its zone, `@` at the apex, as ARM names record sets."""
    if name == zone:
        return "@"
    return name[: -len(zone) - 1] if zone else name


def absolute(record: str, zone: str) -> Fqdn:
    """The inverse of `relative`."""
    if record == "@":
        return Fqdn(zone)
    return Fqdn(f"{record.lower()}.{zone}" if zone else record.lower())


@total_ordering
@dataclass(frozen=True, slots=True, eq=False, init=False)
class ArmId:
    """An ARM resource id: compared and hashed without case, shown as Azure spelt it."""

    text: str
    key: str = field(repr=False)

    def __init__(self, text: str) -> None:
        if "//" in text:
            text = _SLASHES.sub("/", text)
        text = text.rstrip("/")
        plain = text.isascii() and text.isprintable()  # asked first: hundred thousands of ids are
        if not text.startswith("/") or not (plain or _CONTROL.search(text) is None):
            raise ValueError(f"not an ARM id: {text!r}")
        _set(self, "text", text)
        _set(self, "key", text.lower())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArmId) and self.key == other.key

    def __lt__(self, other: ArmId) -> bool:
        return self.key < other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.text

    @property
    def name(self) -> str:
        """The last segment."""
        return self.text.rpartition("/")[2]

    @property
    def subscription(self) -> str:
        """The subscription's GUID in lower case, `""` for a tenant-level id."""
        parts = self.key.split("/")
        return parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else ""

    @property
    def resource_group(self) -> str:
        """The resource group as spelt in this id, `""` without one."""
        parts, keys = self.text.split("/"), self.key.split("/")
        return parts[4] if len(parts) > 4 and keys[3] == "resourcegroups" else ""

    @property
    def type(self) -> str:
        """`Provider/type[/child...]`, or `subscriptions`, or `resourceGroups`."""
        segments = self.text.split("/")
        _, found, tail = self.key.rpartition("/providers/")
        if not found:
            return segments[-2] if len(segments) > 2 else ""
        provider, *rest = segments[-1 - tail.count("/") :]
        return "/".join([provider, *rest[::2]])

    @property
    def parent(self) -> ArmId:
        """The id two segments up: the zone of a link, the network of a subnet. The topmost id is its own parent."""
        above = self.text.rsplit("/", 2)[0]
        return _known(above, self.key.rsplit("/", 2)[0]) if above else self

    def child(self, *segments: str) -> ArmId:
        """The id of something below this one."""
        return ArmId("/".join([self.text, *segments]))


def _known(text: str, key: str) -> ArmId:
    """An id made of parts of another: what was checked once needs no second look."""
    id = object.__new__(ArmId)
    _set(id, "text", text)
    _set(id, "key", key)
    return id
