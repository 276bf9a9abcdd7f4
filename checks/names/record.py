"""The expected record: one name, the addresses that it may have because of one endpoint, and where it should stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checks.names.tables import PROBE_LABEL, Role
from collectors.graph.ids import ArmId, Fqdn, absolute


class Need(StrEnum):
    """Whether the service fails without the name."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRecord:
    """One name and the addresses it should have because of one endpoint.

    `record` is relative to `zone`, the private-link zone that should hold it; both are empty where no private zone
    is documented for the name. `covered` is the relative name that clients are led to where `record` is a wildcard
    over it. `source` says where the pair comes from. `note` holds what the sources disagree about. `workspace` is the
    service that needs it: a project needs the records of its hub.
    """

    name: Fqdn
    type: str
    addresses: tuple[str, ...]
    role: Role
    zone: Fqdn
    record: str
    endpoint: ArmId
    workspace: ArmId
    approved: bool
    source: str
    note: str = ""
    covered: str = ""
    need: Need = Need.REQUIRED

    @property
    def private_name(self) -> Fqdn:
        """The name in the private-link zone, to which the public name is an alias; without a zone the name itself."""
        return absolute(self.covered or self.record, self.zone) if self.zone else self.name

    @property
    def public_form(self) -> Fqdn:
        """The public name whose alias leads into the zone: where a wildcard covers it, another one than the name."""
        return absolute(self.covered, self.zone.removeprefix("privatelink.")) if self.covered else self.name

    @property
    def asked(self) -> Fqdn:
        """The name to ask for: the name itself, or a fixed label under a wildcard."""
        return _concrete(self.name)

    @property
    def asked_private(self) -> Fqdn:
        """The private-link name to ask for."""
        return _concrete(self.private_name)


def _concrete(name: Fqdn) -> Fqdn:
    return Fqdn(PROBE_LABEL + name[1:]) if name.startswith("*.") else name
