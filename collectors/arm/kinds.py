"""THE table: every kind of ARM resource that is read, how it is listed, which right that needs, what is kept.

Collectors walk it, snapshots trim by it, roles are generated from it, the lab serves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from collectors.arm.kind import Kind, properties, under
from collectors.arm.kinds_dns import DNS
from collectors.arm.kinds_machinelearning import DEPENDENCIES, MACHINE_LEARNING
from collectors.arm.kinds_network import NETWORK
from collectors.arm.trim import trim

__all__ = ["KINDS", "Kind", "children", "kind_of_type", "referenced", "trim"]

_TENANT = (
    Kind(
        name="subscription",
        title="subscriptions",
        type="Microsoft.Resources/subscriptions",
        client="privatedns",  # any ARM pipeline can ask at tenant level; this is the one that imports fastest
        api_version="2022-12-01",
        parent=None,
        keep=("id", "subscriptionId", "displayName", "state", "tenantId"),
    ),
    Kind(
        name="permissions",
        title="permissions",
        type="Microsoft.Authorization/permissions",
        client="privatedns",
        api_version="2022-04-01",
        parent="subscription",
        keep=under("value", "actions", "notActions"),
        single=True,
    ),
)

_MACHINES = (
    Kind(
        name="virtual-machine",
        title="virtual machines",
        type="Microsoft.Compute/virtualMachines",
        client="privatedns",
        api_version="2024-07-01",
        parent="subscription",
        keep=properties("osProfile.computerName", "networkProfile.networkInterfaces.id"),
    ),
)

_TABLE = (*_TENANT, *NETWORK, *DNS, *MACHINE_LEARNING, *DEPENDENCIES, *_MACHINES)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _TABLE})
"""Every kind by name, parents before children."""

_BY_TYPE = {kind.type.lower(): kind for kind in _TABLE}


def children(parent: str | None) -> Iterator[Kind]:
    """The kinds listed below a parent kind, in the order of the table."""
    return (kind for kind in KINDS.values() if kind.parent == parent and not kind.by_reference)


def referenced() -> Iterator[Kind]:
    """The kinds that are read only where something points to them."""
    return (kind for kind in KINDS.values() if kind.by_reference)


def kind_of_type(arm_type: str) -> Kind | None:
    """The kind of an ARM type, compared without case; record sets carry their record type in theirs."""
    wanted = arm_type.lower()
    found = _BY_TYPE.get(wanted)
    if found is None and wanted.startswith("microsoft.network/privatednszones/") and wanted.count("/") == 2:
        return KINDS["record-set"]
    return found
