"""What a setting may hold: types that carry the phrase of the error line and the parser behind it.

Nothing is coerced: `true` is no number, `5` is no text. Parsers only bring a value into its usual spelling.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from collectors.graph import addresses
from collectors.graph.ids import Fqdn, fqdn

_LONGEST_SHOWN = 60


class WrongValueError(ValueError):
    """A value that is not what its key expects."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}, found {found}")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must be. `parse` raises ValueError; `shown` says how a wrong one is printed."""

    expected: str
    parse: Callable[[Any], object]
    secret: bool = False

    def apply(self, value: object) -> object:
        """The value in its usual spelling. Raises WrongValueError."""
        try:
            return self.parse(value)
        except ValueError as error:
            raise WrongValueError(self.expected, _redacted(value) if self.secret else shown(value)) from error


def shown(value: object) -> str:
    """A value as an error line prints it: in TOML's terms, short, without control characters."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            cut = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "..."
            return json.dumps(cut)
        case int():
            return f"the number {value}" if value.bit_length() < 128 else "a very large number"
        case float():
            return f"the number {value}"
        case datetime() | date():
            return f"the date {value.isoformat()}"
        case list():
            return "an array"
        case dict():
            return "a table"
    return f"a {type(value).__name__}"


def _redacted(value: object) -> str:
    """A URL may hold a secret: only its scheme is printed."""
    if not isinstance(value, str):
        return shown(value)
    scheme, separator, _ = value.partition("://")
    return f"{shown(scheme)} followed by ..." if separator else "something else (not shown, it may be a secret)"


def text(value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def _named(value: object) -> str:
    name = text(value)
    if not name.strip() or any(not character.isprintable() for character in name):
        raise ValueError("not a name")
    return name


def _parsed(parse: Callable[[str], str], *, empty: bool = False) -> Callable[[object], str]:
    return lambda value: "" if empty and value == "" else parse(text(value))


def _matching(pattern: str, *, empty: bool = False) -> Callable[[object], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError("no match")
        return value

    return _parsed(check, empty=empty)


def _number(low: float, high: float) -> Rule:
    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError("not a number")
        if not low <= value <= high:
            raise ValueError("out of range")
        return float(value)

    return Rule(f"a number from {low:g} to {high:g}", parse)


def _whole(low: int, high: int) -> Rule:
    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError("not a whole number in range")
        return value

    return Rule(f"a whole number from {low} to {high}", parse)


def truth(value: object) -> bool:
    """A boolean and nothing that could be taken for one."""
    if not isinstance(value, bool):
        raise ValueError("not a boolean")
    return value


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError("not a day")
    return value


def is_loopback(host: str) -> bool:
    """Whether a URL's host can only be this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain_url(value: str) -> SplitResult:
    """A URL with a host and nothing that hides where it leads. Raises ValueError."""
    if any(not "!" <= character <= "~" for character in value):
        raise ValueError("not visible ASCII")
    url = urlsplit(value)
    if not url.hostname or url.username is not None or url.password is not None or url.fragment:
        raise ValueError("no host, or user information")
    _ = url.port  # raises ValueError where it is not a port
    return url


def _secure_url(value: str) -> str:
    """https anywhere, http only to this machine: a token must not cross a network in the clear."""
    url = _plain_url(value)
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
        raise ValueError("not https")
    return value


def _endpoint(value: str) -> str:
    url = urlsplit(_secure_url(value))
    if url.query or url.path.strip("/"):
        raise ValueError("more than a host")
    return value.rstrip("/")


def _history_url(value: str) -> str:
    if value.startswith("sqlite:///") and len(value) > len("sqlite:///"):
        return value
    if not urlsplit(_secure_url(value)).path.strip("/"):
        raise ValueError("an account and no container")
    return value


def _record_value(value: str) -> str:
    try:
        return addresses.address(value)
    except ValueError:
        return _known_name(value)


def _known_name(value: str) -> Fqdn:
    name = fqdn(value)
    if not name:
        raise ValueError("the root is not a host")
    return name


def _suffix(value: str) -> Fqdn:
    if not value.strip():
        raise ValueError("empty")
    return fqdn(value)


def _listener(value: str) -> str:
    host, port = addresses.split_target(value)
    if not re.search(r":\d{1,5}$", value) or (value.count(":") > 1 and not value.startswith("[")):
        raise ValueError("no port")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_CRON_FIELD = r"[0-9A-Za-z*/,\-]+"

TEXT = Rule("text", text)
TRUTH = Rule("true or false", truth)

Name = Annotated[str, Rule("a name", _named)]
Guid = Annotated[str, Rule("a subscription id (a GUID)", _matching(_GUID))]
Tenant = Annotated[
    str,
    Rule(
        "a tenant id (a GUID) or one of its domains",
        _matching(rf"{_GUID}|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", empty=True),
    ),
]
Address = Annotated[str, Rule("an IP address", _parsed(addresses.address))]
AddressOrNone = Annotated[str, Rule('an IP address or ""', _parsed(addresses.address, empty=True))]
Target = Annotated[str, Rule("an IP address, or address:port", _parsed(addresses.target))]
Listener = Annotated[str, Rule('address:port, or "" for none', _parsed(_listener, empty=True))]
Cidr = Annotated[str, Rule("an address range such as 10.0.0.0/16", _parsed(addresses.network))]
Suffix = Annotated[Fqdn, Rule('a domain name, or "." for the root', _parsed(_suffix))]
Below = Annotated[Fqdn, Rule("a domain name", _parsed(_known_name))]
RecordValue = Annotated[str, Rule("an IP address or a domain name", _parsed(_record_value))]
Seconds = Annotated[float, _number(0.01, 86400)]
SecondsOrNone = Annotated[float, _number(0, 86400)]
Rate = Annotated[float, _number(0.1, 10000)]
Count = Annotated[int, _whole(1, 1_000_000)]
Day = Annotated[date, Rule("a date such as 2027-01-31", _day)]
Endpoint = Annotated[
    str, Rule('an https URL without a path (http only to this machine), or ""', _parsed(_endpoint, empty=True))
]
Audience = Annotated[
    str,
    Rule('an audience such as https://management.azure.com, or ""', _matching(r"(https|api)://[!-~]+", empty=True)),
]
SecretUrl = Annotated[
    str, Rule('an https URL (http only to this machine), or ""', _parsed(_secure_url, empty=True), secret=True)
]
HistoryUrl = Annotated[
    str, Rule("sqlite:///FILE or the https URL of a blob container", _parsed(_history_url), secret=True)
]
Duration = Annotated[str, Rule('a duration such as "90d"', _matching(r"[1-9][0-9]{0,5}[smhdw]"))]
Schedule = Annotated[
    str,
    Rule(
        'a cron expression of five fields, or an interval such as "30m"',
        _matching(rf"{_CRON_FIELD}( +{_CRON_FIELD}){{4}}|[1-9][0-9]{{0,5}}[smhdw]"),
    ),
]
Code = Annotated[str, Rule("a code such as PED203", _matching(r"PED[0-9]{3}", empty=True))]
Fingerprint = Annotated[str, Rule("a fingerprint of 16 hex digits", _matching(r"[0-9a-fA-F]{16}", empty=True))]
