"""5xx: names. Those with a finding of their own, and the symptoms that stand when no cause explains them."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Part, check, explains
from checks.context import Context, meets
from checks.diagnosis.own_names import told_wrong
from checks.disagreement import Disagreement, occurrence, proofs
from checks.finding import Level, Proof, Violation
from checks.names.expected import ExpectedRecord, Need, Role
from checks.requirements import Client
from checks.resolution.path import Addresses, Opaque, Public, Thing, label
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Workspace


@explains("PED514", "online-endpoint-unresolved", part=Part.SYMPTOM)
def online_endpoint_unresolved(_: Context, disagreement: Disagreement) -> Violation | None:
    """The scoring name of an online endpoint does not lead to the inference address, and no cause was found.

    Why it matters
        Everything else of the workspace works, but nobody can call the model.

    How it is decided
        1. ARM shows the scoring name of a managed online endpoint; it is an alias of a name below the workspace's
           inference wildcard.
        2. The simulated resolution ends somewhere else, and no repair that the checks know mends it.

    Remedy
        Let the api zone hold the wildcard of the workspace with the inference address, and forward the suffix.

    Sources
        learn.microsoft.com: Troubleshoot online endpoints, scoring endpoint can't be resolved.
    """
    return _symptom(disagreement) if disagreement.requirement.role is Role.ENDPOINT else None


@check("PED510", "legacy-name-wrong", Level.WARNING, part=Part.LIVE)
def legacy_name_wrong(context: Context) -> Iterator[Violation]:
    """A name of the first API is missing, partial or wrong.

    Why it matters
        Run history, model management and pipelines of the first API have names of their own in three regions. With
        one of them missing some pipelines hang, with a wrong one all of them.

    How it is decided
        1. The workspace is in eastus, southcentralus or westus2 and has a private endpoint.
        2. It still uses the first API, or the configuration requires the names: each must give the api address.
        3. Otherwise a name only counts if it, or one of the other two, leads to a private address already: then
           somebody meant to serve them.

    Remedy
        Let all three names hold the api address, or remove what is left of them.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, as of 2021.
    """
    for client, records in _legacy(context):
        paths = {record: context.solver.path(client, record.asked, record.type) for record in records}
        served = any(isinstance(path.outcome, Addresses) for path in paths.values())
        for record, path in paths.items():
            needed = record.need is Need.REQUIRED or served
            if needed and not isinstance(path.outcome, Opaque) and not meets(path.outcome, record.addresses):
                yield told_wrong(client, record, path, None)


def _legacy(context: Context) -> Iterator[tuple[Client, tuple[ExpectedRecord, ...]]]:
    """The names of the first API of every workspace, for every client of its own."""
    by_workspace: dict[ArmId, list[ExpectedRecord]] = {}
    for record in context.required.records:
        if record.role is Role.LEGACY and record.approved:
            by_workspace.setdefault(record.workspace, []).append(record)
    for workspace, records in sorted(by_workspace.items()):
        wanted = (r for r in context.required.requirements if r.expected.workspace == workspace and r.role is Role.API)
        for client in sorted({requirement.client for requirement in wanted}):
            yield client, tuple(records)


@check("PED516", "notebooks-name-differs", Level.NOTE, part=Part.LIVE)
def notebooks_name_differs(context: Context) -> Iterator[Violation]:
    """The endpoint's interface, the workspace and the rule for notebooks names do not agree about the name.

    Why it matters
        Records that are made by hand often follow the rule or the workspace. The name that the interface lists is
        the one that zone groups write; clients are sent to what the workspace tells them.

    How it is decided
        1. The interface of an approved endpoint lists a notebooks name; it is the one that is judged.
        2. The workspace itself tells another one, or the rule (`ml-`, the workspace's name cut to fit, the region
           and the workspace's GUID) gives another first label.

    Remedy
        Let records exist for both spellings.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, notebooks names.
    """
    differing = {r.workspace: r for r in context.required.records if r.role is Role.NOTEBOOKS and r.approved and r.note}
    for id, record in sorted(differing.items()):
        workspace = context.estate.get(Workspace, id)
        if workspace is None or workspace.hub:
            continue
        yield Violation(
            subject=Thing.of(id),
            text=f"The notebooks name of {id.name} differs from one source to the other",
            cause=f"The {record.source} of {record.endpoint.name} lists {record.name}; {record.note}.",
            related=(Thing.of(record.endpoint),),
            proofs=(Proof(kind="document", text=f"{record.source} of {record.endpoint.name}: {record.name}"),),
            touches=(id.text,),
        )


@explains("PED501", "name-public", part=Part.SYMPTOM)
def name_public(_: Context, disagreement: Disagreement) -> Violation | None:
    """A name that must be private resolves to a public address, and no cause was found.

    Why it matters
        The client is sent around the private endpoint and refused.

    How it is decided
        1. The simulated resolution ends in public DNS.
        2. No repair that the checks know makes the name resolve.

    Remedy
        Follow the path hop by hop: `agent explain NAME` shows who decided what.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, troubleshooting.
    """
    return _symptom(disagreement) if isinstance(disagreement.path.outcome, Public) else None


@explains("PED502", "name-unresolved", part=Part.SYMPTOM)
def name_unresolved(_: Context, disagreement: Disagreement) -> Violation | None:
    """A name does not resolve, and no cause was found.

    Why it matters
        The client gets no address at all.

    How it is decided
        1. The simulated resolution ends in NXDOMAIN, NODATA, a block, a loop or a dead end.
        2. No repair that the checks know makes the name resolve.

    Remedy
        Follow the path hop by hop: `agent explain NAME` shows who decided what.

    Sources
        RFC 9499: DNS terminology.
    """
    if isinstance(disagreement.path.outcome, Public | Addresses | Opaque):
        return None
    return _symptom(disagreement)


@explains("PED503", "name-wrong-address", part=Part.SYMPTOM)
def name_wrong_address(_: Context, disagreement: Disagreement) -> Violation | None:
    """A name resolves to another private address, and no cause was found.

    Why it matters
        The client talks to something else, or to nothing.

    How it is decided
        1. The simulated resolution ends in an address that is not acceptable for the name.
        2. No repair that the checks know makes the name resolve rightly.

    Remedy
        Follow the path hop by hop: `agent explain NAME` shows who decided what.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server.
    """
    return _symptom(disagreement) if isinstance(disagreement.path.outcome, Addresses) else None


def _symptom(disagreement: Disagreement) -> Violation:
    requirement, path = disagreement.requirement, disagreement.path
    outcome = label(path.outcome)
    got = ", ".join(path.addresses) or outcome
    return Violation(
        subject=Thing(f"dns:{requirement.name}", "name", requirement.name),
        discriminator=path.view,
        text=f"{requirement.name} gives {got} instead of {', '.join(requirement.acceptable)}",
        cause=f"No single repair was found. The last step: {path.last.text}.",
        related=(Thing.of(requirement.expected.endpoint),),
        occurrences=(occurrence(disagreement),),
        proofs=proofs(disagreement),
        path=path,
        touches=(requirement.expected.workspace.text,),
    )
