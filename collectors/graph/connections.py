"""Connections that were tried to the addresses of endpoints: that they were accepted, and who answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.graph.ids import Fqdn

HTTPS = 443


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Attempt:
    """One connection from one vantage to one address, where the server is told the name that is wanted (SNI)."""

    vantage: str
    address: str
    name: Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What came of it.

    `accepted`: the port took the connection. `names` are the DNS names of the certificate, as it spells them.
    `error` says why there is no certificate; it begins with "not tried:" where nothing was sent. `elapsed` in seconds.
    """

    attempt: Attempt
    tried_at: datetime
    accepted: bool = False
    names: tuple[str, ...] = ()
    error: str = ""
    elapsed: float = 0.0

    @property
    def tried(self) -> bool:
        """Whether anything left this machine."""
        return not self.error.startswith("not tried:")

    def is_for(self, name: str) -> bool:
        """Whether the certificate names a host, by itself or by a wildcard for its first label (RFC 9525)."""
        host = name.lower()
        return any(shown.lower() in (host, f"*.{host.partition('.')[2]}") for shown in self.names)
