"""Negative controls: public names that nobody's private zone may answer, each the neighbour of a required name."""

from __future__ import annotations

from checks.names.expected import Role
from checks.names.tables import table_of
from checks.requirements import Requirement
from collectors.graph.ids import Fqdn


def control_of(requirement: Requirement) -> Fqdn | None:
    """The name of the region itself below the public suffix of an API name: `westeurope.api.azureml.ms`.

    It exists in public DNS only. A zone over the whole suffix denies it, and with it every name of somebody else.
    """
    name = requirement.expected.asked
    table = table_of(name) if requirement.role is Role.API else None
    suffix = table.public_suffix(name) if table else None
    region = name.removesuffix(f".{suffix}").rpartition(".")[2] if suffix and name != suffix else ""
    return Fqdn(f"{region}.{suffix}") if region else None
