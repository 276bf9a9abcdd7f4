"""What every builder shares: groups, documents, synthetic GUIDs and the three forms of an etag."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from agent.lab.clouds import CloudNames, names_of_region
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId

Body = dict[str, Any]

TENANT = "77777777-0000-4000-8000-000000000000"
REGION = "westeurope"

APPROVED = {"status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"}
PENDING = {"status": "Pending", "description": "Awaiting Approval", "actionsRequired": "None"}


def guid(text: str) -> str:
    """A GUID that is always the same for a text and plainly not one of Azure's."""
    return f"00000000-0000-4000-8000-{sha256(text.lower().encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A resource group: where a resource is put, and the region of what is put there."""

    subscription: str
    name: str
    region: str = REGION

    @property
    def names(self) -> CloudNames:
        """The names of the cloud that it is in."""
        return names_of_region(self.region)

    def id(self, arm_type: str, name: str) -> str:
        """The id of a top-level resource in this group, spelt as its creator did."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.name}/providers/{arm_type}/{name}"

    def lowered(self) -> Group:
        """The group as private DNS spells it."""
        return replace(self, name=self.name.lower())


def name_of(id: str) -> str:
    """The last segment of an id."""
    return id.rpartition("/")[2]


def weak_etag(resource: str) -> str:
    """The etag of Microsoft.Network: weak, with quotes inside the string."""
    return f'W/"{guid("etag " + resource)}"'


def bare_etag(resource: str) -> str:
    """The etag of private DNS zones, record sets and firewall policies: a bare GUID."""
    return guid("etag " + resource)


def quoted_etag(resource: str) -> str:
    """The etag of private DNS links and of all that DNS resolver sends: quotes inside the string, not weak."""
    return f'"{guid("etag " + resource)}"'


def document(kind: str, body: Body) -> Document:
    """A document under the id that its body carries."""
    return Document(kind=kind, id=ArmId(body["id"]), body=body)
