"""5xx: the names of compute instances, which no endpoint lists and no zone group writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from checks.check import Part, check
from checks.context import Context, meets
from checks.diagnosis.own_names import mending, told_wrong
from checks.disagreement import seen_of
from checks.finding import Level, Occurrence, Proof, Violation
from checks.names.expected import ExpectedRecord, Role
from checks.requirements import Requirement
from checks.resolution import rules
from checks.resolution.path import Opaque, Path, Thing
from collectors.graph.ids import Fqdn


@check("PED512", "instance-own-address", Level.WARNING, part=Part.LIVE)
def instance_own_address(context: Context) -> Iterator[Violation]:
    """A compute instance's name leads to the instance itself.

    Why it matters
        The name belongs to the workspace's service, which lets people in and leads them on. The instance does not
        answer on its own address.

    How it is decided
        1. A zone, a server's own record or a live answer shows where the instance's name leads.
        2. That is the address that ARM shows for the instance, and not the workspace's api address.

    Remedy
        Let the record hold the address of the workspace's api name.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server; github.com/MicrosoftDocs/azure-docs issue
        73059.
    """
    return (told for told, own in _wrong_instances(context) if own)


@check("PED511", "instance-name-unresolved", Level.WARNING, part=Part.LIVE)
def instance_name_unresolved(context: Context) -> Iterator[Violation]:
    """A compute instance's name does not lead to the address of the workspace's api name.

    Why it matters
        Jupyter, terminal and VS Code reach an instance by a name that no endpoint lists and no zone group writes.
        The workspace works, the instance's pages stay empty.

    How it is decided
        1. ARM shows the host of an instance's applications.
        2. A zone, a server's own record or a live answer shows where it leads, and that is neither the api address
           nor the instance's own (PED512). Public DNS has no documented alias for it: as long as nothing shows more,
           nobody can tell.

    Remedy
        Forward the instances' suffix to Azure DNS and give the instance a record with the api address, in a zone of
        exactly its name: a zone over the whole suffix answers for everybody's instances.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server; github.com/MicrosoftDocs/azure-docs issues
        73059 and 87505.
    """
    return (told for told, own in _wrong_instances(context) if not own)


def _wrong_instances(context: Context) -> Iterator[tuple[Violation, bool]]:
    """The instances' names that lead elsewhere, and whether that is the instance itself."""
    for requirement in context.required.requirements:
        if requirement.role is not Role.INSTANCE:
            continue
        path = context.path(requirement)
        seen = [o for o in context.about(requirement) if o.reached and o.seen is not None]
        wrong = next((o for o in seen if o.seen is not None and not meets(o.seen, requirement.acceptable)), None)
        simulated_wrong = not isinstance(path.outcome, Opaque) and not meets(path.outcome, requirement.acceptable)
        if wrong or (simulated_wrong and not seen):
            told = told_wrong(requirement.client, requirement.expected, path, wrong, requirement.acceptable)
            compute = context.estate.instances_by_host.get(requirement.name)
            got = wrong.answer.addresses if wrong else path.addresses
            own = compute is not None and compute.address in got
            yield replace(told, repairs=mending(context, requirement, path)), own


@check("PED513", "instance-port-names-missing", Level.NOTE, part=Part.LIVE)
def instance_port_names_missing(context: Context) -> Iterator[Violation]:
    """A compute instance's name is served, but not the names of its ports.

    Why it matters
        SSH goes to `<instance>-22`, an application of one's own to `<instance>-<port>`. Jupyter works and these fail.

    How it is decided
        1. The instance's name leads a required client to the api address.
        2. ARM shows an application at a port of its own, or SSH is enabled on the instance.
        3. That name leads elsewhere, or no zone that the client's Azure DNS serves covers it.

    Remedy
        Give the port names the same address, each in a zone of exactly its name.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server; github.com/microsoft/vscode-tools-for-ai
        issue 974.
    """
    ports = _port_names(context)
    for requirement in context.required.requirements if ports else ():
        served = requirement.role is Role.INSTANCE and meets(context.path(requirement).outcome, requirement.acceptable)
        lines, proofs = [], []
        for record in ports.get(requirement.name, ()) if served else ():
            path = context.solver.path(requirement.client, record.asked, record.type)
            if _is_uncovered(path, requirement):
                lines.append(_line(requirement, record, path))
                proofs.append(Proof(kind="simulated", text=f"{record.name}: {path.last.text}"))
        if lines:
            names = ", ".join(sorted({line.name for line in lines}))
            yield Violation(
                subject=Thing(f"dns:{requirement.name}", "name", requirement.name),
                text=f"{requirement.name} is served, but not {names}",
                cause=f"The instance's own name leads to {', '.join(requirement.acceptable)}; nothing covers {names}.",
                related=(Thing.of(requirement.expected.endpoint),),
                occurrences=tuple(lines),
                proofs=tuple(proofs),
                touches=(requirement.expected.workspace.text,),
            )


def _port_names(context: Context) -> dict[Fqdn, tuple[ExpectedRecord, ...]]:
    """The names of ports that are in use, by the instance's own name."""
    found: dict[Fqdn, dict[Fqdn, ExpectedRecord]] = defaultdict(dict)
    for record in context.required.records:
        if record.role is Role.INSTANCE_PORT and record.approved:
            label, _, rest = record.name.partition(".")
            own = Fqdn(f"{label.rpartition('-')[0]}.{rest}")
            compute = context.estate.instances_by_host.get(own)
            if record.source == "compute" or (compute and compute.ssh):
                found[own].setdefault(record.name, record)
    return {own: tuple(records.values()) for own, records in found.items()}


def _is_uncovered(path: Path, requirement: Requirement) -> bool:
    """Whether a name leads elsewhere, or Azure DNS knows nothing of it; what nobody can see into is neither."""
    if isinstance(path.outcome, Opaque):
        return not path.outcome.gaps and path.last.rule is rules.ALIAS_UNKNOWN
    return not meets(path.outcome, requirement.acceptable)


def _line(requirement: Requirement, record: ExpectedRecord, path: Path) -> Occurrence:
    return Occurrence(
        client=requirement.client.id,
        name=record.name,
        type=record.type,
        view=path.view,
        expected=requirement.acceptable,
        simulated=seen_of(path.outcome, path),
    )
