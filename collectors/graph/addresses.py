"""IP addresses as people and files write them: one parser for each form, so that equal means equal everywhere."""

from __future__ import annotations

import ipaddress

DNS_PORT = 53


def address(text: str) -> str:
    """The usual spelling of an IP address. Raises ValueError; an IPv6 zone (`%eth0`) means nothing elsewhere."""
    parsed = ipaddress.ip_address(text)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id:
        raise ValueError(f"an address with a zone: {text!r}")
    return str(parsed)


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        address(text)
    except ValueError:
        return False
    return True


def network(text: str) -> str:
    """The usual spelling of an address range in CIDR form. Raises ValueError, host bits included."""
    if "/" not in text:
        raise ValueError(f"not in CIDR form: {text!r}")
    return str(ipaddress.ip_network(text))


def split_target(text: str) -> tuple[str, int]:
    """Address and port of `address`, `address:port` or `[address]:port`; 53 without one. Raises ValueError."""
    if text.startswith("["):
        host, closed, port = text[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            raise ValueError(f"not an address with a port: {text!r}")
        return address(host), _port(port[1:]) if port else DNS_PORT
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return address(host), _port(port)
    return address(text), DNS_PORT


def target(text: str) -> str:
    """The usual spelling of what `split_target` reads: the port is named only where it is not DNS's."""
    host, port = split_target(text)
    if port == DNS_PORT:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536):
        raise ValueError(f"not a port: {text!r}")
    return int(text)
