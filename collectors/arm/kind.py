"""What is said of a kind of ARM resource: how it is listed, which right that needs, what is kept."""

from __future__ import annotations

from dataclasses import dataclass

ENVELOPE = ("id", "name", "type", "location", "etag", "systemData.createdAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind.

    `type` is ARM's resource type. `client` names the management client whose pipeline asks. `parent` is the
    kind whose every resource is a scope (None: the tenant). `keep` are dotted JSON paths kept of a body, with a
    backslash before a dot that is part of a name: lists are walked through, everything below a kept path stays.
    `page_size` is sent as `$top` where the API has it. `single`: the answer is one resource's worth of rows, not a
    list of resources. `by_reference`: never listed; only those that something read points to are read, one by one.
    """

    name: str
    title: str
    type: str
    client: str
    api_version: str
    parent: str | None
    keep: tuple[str, ...]
    page_size: int | None = None
    single: bool = False
    by_reference: bool = False

    @property
    def action(self) -> str:
        """The right that reading needs."""
        return f"{self.type}/read"

    @property
    def path(self) -> str:
        """What a GET asks for, `{scope}` being the id of the parent, or of the resource itself."""
        if self.by_reference:
            return "{scope}"
        if self.parent is None:
            return f"/{self.type.rpartition('/')[2]}"
        if self.parent == "subscription":
            return f"{{scope}}/providers/{self.type}"
        return f"{{scope}}/{self.type.rpartition('/')[2]}"


def under(prefix: str, *paths: str) -> tuple[str, ...]:
    """Paths below one property."""
    return tuple(f"{prefix}.{path}" for path in paths)


def properties(*paths: str) -> tuple[str, ...]:
    """The envelope and the provisioning state of a resource, and paths below its properties."""
    return (*ENVELOPE, *under("properties", "provisioningState", *paths))
