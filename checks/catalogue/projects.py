"""5xx: projects that have names of their own beside those of their hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.check import Part, check
from checks.context import Context, meets
from checks.diagnosis import repairs
from checks.disagreement import seen_of
from checks.finding import Level, Occurrence, Proof, Repair, Violation
from checks.names.expected import Role
from checks.requirements import Requirement
from checks.resolution.path import Opaque, Path, Thing
from collectors.graph.ids import ArmId, Fqdn, is_under, relative
from collectors.graph.nodes import Workspace


@dataclass(frozen=True, slots=True)
class _Own:
    """A name of a project's own that a client does not get, though it gets the hub's; as it would be required."""

    requirement: Requirement
    path: Path


@check("PED515", "project-name-public", Level.WARNING, part=Part.LIVE)
def project_name_public(context: Context) -> Iterator[Violation]:
    """A project has names of its own, and they do not lead to the hub's endpoint.

    Why it matters
        A project is reached by the endpoint of its hub, which lists the hub's names only. Where Azure gave the
        project names with its own GUID, no zone group writes them: the project fails while its hub works.

    How it is decided
        1. ARM shows a discovery address or a notebooks name of the project that holds the project's own GUID.
        2. A required client gets the hub's name of that kind rightly.
        3. For the project's name no zone in the client's view holds the hub's address, neither under the public name
           nor under the private-link form: whatever public DNS says, the client gets something else.

    Remedy
        Write the records by hand, with the addresses of the hub's names. Projects made since 2025 use the hub's.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, hub and project workspaces.
    """
    for workspace in context.required.workspaces:
        hub = context.estate.get(Workspace, workspace.hub) if isinstance(workspace, Workspace) else None
        lacking = list(_lacking(context, workspace)) if isinstance(workspace, Workspace) and hub else []
        if lacking and hub:
            names = sorted({own.requirement.name for own in lacking})
            yield Violation(
                subject=Thing.of(workspace.id),
                text=f"Project {workspace.id.name} has names of its own, and {names[0]} does not lead to its hub",
                cause=f"ARM shows {' and '.join(names)}; no zone holds the address of {hub.id.name} for it.",
                related=(Thing.of(hub.id), *(Thing.of(own.requirement.expected.endpoint) for own in lacking)),
                occurrences=tuple(map(_line, lacking)),
                repairs=tuple(_written(context, lacking)),
                proofs=tuple(
                    Proof(kind="simulated", text=f"{own.path.last.name}: {own.path.last.text}") for own in lacking
                ),
                path=lacking[0].path,
                touches=(workspace.id.text,),
            )


def _lacking(context: Context, project: Workspace) -> Iterator[_Own]:
    own = {Role.API: project.discovery_host, Role.NOTEBOOKS: project.notebook_fqdn}
    for requirement in context.required.requirements:
        name = own.get(requirement.role)
        if requirement.expected.workspace != project.id or not name or project.guid not in name:
            continue
        alike = _alike(requirement, name)
        if alike is None or not meets(context.path(requirement).outcome, requirement.acceptable):
            continue
        paths = [context.solver.path(alike.client, asked, alike.type) for asked in (name, alike.expected.private_name)]
        if not any(isinstance(path.outcome, Opaque) or meets(path.outcome, alike.acceptable) for path in paths):
            yield _Own(alike, paths[-1])


def _alike(requirement: Requirement, name: Fqdn) -> Requirement | None:
    """What is required of the hub's name, required of another one below the same suffix."""
    suffix = requirement.expected.zone.removeprefix("privatelink.")
    if not suffix or not is_under(name, suffix):
        return None
    record = replace(requirement.expected, name=name, record=relative(name, suffix), covered="")
    return replace(requirement, name=name, why=(record,))


def _line(own: _Own) -> Occurrence:
    return Occurrence(
        client=own.requirement.client.id,
        name=own.requirement.name,
        type=own.requirement.type,
        view=own.path.view,
        expected=own.requirement.acceptable,
        simulated=seen_of(own.path.outcome, own.path),
    )


def _written(context: Context, lacking: list[_Own]) -> Iterator[Repair]:
    """The records in the zones that the clients' views are linked to, each once."""
    done: set[tuple[ArmId, str]] = set()
    for own in lacking:
        record = own.requirement.expected
        link = context.estate.linked_zones(ArmId(own.path.view)).get(record.zone) if own.path.view[:1] == "/" else None
        if link and (link.zone, record.record) not in done:
            done.add((link.zone, record.record))
            yield repairs.write_record(context.estate, link.zone, record, own.requirement.acceptable)
