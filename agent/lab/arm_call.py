"""One request to the emulator, understood; and the links from one page to the next."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request

from collectors.arm.kinds import KINDS, Kind
from collectors.arm.read_posts import DIAGNOSE


def action_of(name: str) -> str:
    """The right that reading a kind needs, or an operation."""
    return DIAGNOSE.action if name == DIAGNOSE.name else KINDS[name].action


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `kind` is None where the path says nothing; `parent` is the scope that is listed, if one is.

    `operation` is the name of what a POST began, `""` for a plain GET; `path` then is that of the POST.
    """

    request: Request
    path: str
    query: dict[str, str]
    kind: Kind | None
    parent: str | None
    operation: str = ""
    body: bytes = b""

    @property
    def name(self) -> str:
        """What faults call this: the kind that is read, or the operation."""
        return self.operation or (self.kind.name if self.kind else "")

    @property
    def action(self) -> str:
        """The right that it needs."""
        return action_of(self.name) if self.name else "*/read"

    @property
    def namespace(self) -> str:
        """The resource provider."""
        return self.kind.type.partition("/")[0] if self.kind else "Microsoft.Resources"

    @property
    def subscription(self) -> str:
        """The subscription as the caller spelt it, `""` at the tenant."""
        parts = self.path.split("/")
        return parts[2] if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""

    @property
    def origin(self) -> str:
        """The scheme, host and port that the caller used, the port always there."""
        url = self.request.url
        return f"{url.scheme}://{url.hostname}:{url.port or (443 if url.scheme == 'https' else 80)}"

    def next_link(self, base: str, offset: int) -> str:
        """An absolute link with an explicit port, the token percent-encoded, as private DNS sends it."""
        token = quote(b64encode(f"documents/{offset}".encode()).decode(), safe="")
        top = f"&$top={self.query['$top']}" if "$top" in self.query else ""
        version = self.query["api-version"]
        return f"{base or self.origin}{quote(self.path)}?api-version={version}{top}&$skipToken={token}"

    @property
    def offset(self) -> int | None:
        """Where a page begins; None for a token that we did not give."""
        token = self.query.get("$skiptoken", "")
        if not token:
            return 0
        try:
            found = re.fullmatch(r"documents/(\d{1,9})", b64decode(token, validate=True).decode())
        except ValueError:  # not base64, or not text
            return None
        return int(found[1]) if found else None
