"""Where ARM listens. Decides which addresses may be given the token, so the rules for them stand here alone."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from collectors.graph.errors import ConfigError

# Stricter than URL parsers on purpose: they disagree about `\`, `@` and control characters, and where they do,
# the host that is checked and the host that gets the token are not the same.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?P<rest>(?:[/?][^\x00-\x1f\x7f\\]*)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An ARM endpoint. `url` has no trailing slash; `host` is in lower case, without the port."""

    url: str
    scheme: str
    host: str

    def owns(self, url: str) -> bool:
        """Whether an absolute URL has this scheme and host. Azure spells its own with and without `:443`."""
        found = _URL.fullmatch(url)
        return found is not None and (found["scheme"].lower(), found["host"].lower()) == (self.scheme, self.host)

    @property
    def is_plain(self) -> bool:
        """Whether traffic is not encrypted; possible on loopback only."""
        return self.scheme == "http"


def parse_endpoint(text: str) -> Endpoint:
    """Parse `https://host[:port]`. Raises ConfigError for anything else; plain http is accepted on loopback."""
    url = text.rstrip("/")
    found = _URL.fullmatch(url)
    if found is None or found["rest"]:
        raise ConfigError(f"azure.endpoint must be https://host[:port], not {text!r}")
    endpoint = Endpoint(url=url, scheme=found["scheme"].lower(), host=found["host"].lower())
    if endpoint.is_plain and not _is_loopback(endpoint.host):
        raise ConfigError(
            f"azure.endpoint {text!r} would send the token unencrypted: use https, or plain http on loopback"
        )
    return endpoint


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
