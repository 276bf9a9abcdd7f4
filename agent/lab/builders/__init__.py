"""Small functions that build one ARM document each, with the irregularities that Azure really sends.

Private DNS lower-cases resource groups, etags come in three forms, absent and empty mean the same thing.
"""

from agent.lab.builders.common import APPROVED, PENDING, REGION, TENANT, Body, Group, guid
from agent.lab.builders.endpoints import (
    Member,
    Zone,
    endpoint_connection,
    endpoint_id,
    endpoint_interface,
    endpoint_interface_id,
    private_endpoint,
    zone_group,
)
from agent.lab.builders.machinelearning import notebooks_label, workspace, workspace_id
from agent.lab.builders.network import network_id, virtual_network, vm_interface
from agent.lab.builders.privatedns import address_record, private_zone, soa_record, zone_id, zone_link
from agent.lab.builders.subscriptions import permissions, subscription

__all__ = [
    "APPROVED",
    "PENDING",
    "REGION",
    "TENANT",
    "Body",
    "Group",
    "Member",
    "Zone",
    "address_record",
    "endpoint_connection",
    "endpoint_id",
    "endpoint_interface",
    "endpoint_interface_id",
    "guid",
    "network_id",
    "notebooks_label",
    "permissions",
    "private_endpoint",
    "private_zone",
    "soa_record",
    "subscription",
    "virtual_network",
    "vm_interface",
    "workspace",
    "workspace_id",
    "zone_group",
    "zone_id",
    "zone_link",
]
