"""The resolvers this machine uses itself: where public names are asked when nobody says otherwise."""

from __future__ import annotations

from pathlib import Path

from collectors.graph.addresses import address

RESOLV_CONF = Path("/etc/resolv.conf")
_LARGEST = 64 * 1024  # bytes
_MOST = 3  # glibc's MAXNS: further lines are never asked


def system_resolvers(path: Path = RESOLV_CONF) -> tuple[str, ...]:
    """The first three `nameserver` addresses of resolv.conf in their order; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("ascii", errors="replace")
    except OSError:
        return ()
    found: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver" and (resolver := _address(words[1])):
            found.append(resolver)
    return tuple(dict.fromkeys(found))[:_MOST]


def _address(text: str) -> str:
    """The address, `""` for one that is bound to an interface or none at all."""
    try:
        return address(text)
    except ValueError:
        return ""
