"""3xx: the server that a client asks."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Claim, Part, check, explains
from checks.context import Context
from checks.diagnosis.forwarders import Forwarded, lacking_forwarder, missing_forwarder
from checks.diagnosis.luck import violations_by_luck
from checks.diagnosis.silence import is_silent
from checks.diagnosis.unlike import Unlike, client_thing, unlike_servers
from checks.disagreement import Disagreement, answer_seen, observed_proof, occurrence, proofs
from checks.finding import Level, Occurrence, Proof, Violation
from checks.requirements import Client, Requirement
from checks.resolution import rules
from checks.resolution.path import Thing
from checks.resolution.places import Unknown, server_at, server_id
from collectors.graph.nodes import PrivateEndpoint


@check("PED301", "servers-mixed", Level.WARNING)
def servers_mixed(context: Context) -> Iterator[Violation]:
    """The list of DNS servers mixes servers with different answers for required names.

    Why it matters
        Clients ask the first server, and the next one when it is silent for a moment: then the name resolves to
        something else, and again to the right address when nobody looks.

    How it is decided
        1. A required client's network, interface or site lists more than one server.
        2. For a required name one of them gives an acceptable address, and another one does not: observed where a
           vantage must reach it, else simulated. Servers that nobody can see into take no part; where only answers
           are known of all of them, PED611 tells of it.

    Remedy
        List only servers that answer alike, or let the other one forward to Azure DNS, too.

    Sources
        learn.microsoft.com: Name resolution for resources in Azure virtual networks.
    """
    by_client: dict[Client, list[Unlike]] = {}
    for unlike in unlike_servers(context):
        if not unlike.is_only_heard:
            by_client.setdefault(unlike.requirement.client, []).append(unlike)
    for client, unlike_ones in by_client.items():
        wrong = {each.server for it in unlike_ones for each in it.told if not each.right}
        servers = context.solver.servers(client)
        culprits = ", ".join(server for server in servers if server in wrong)
        yield Violation(
            subject=client_thing(client),
            text=f"{client.name} asks servers with different answers: {', '.join(servers)}",
            cause=f"The wrong answers are those of {culprits}: {client.name} gets them whenever it asks there.",
            occurrences=tuple(it.line for it in unlike_ones),
            proofs=tuple(proof for each in unlike_ones[0].told for proof in each.proofs),
            path=unlike_ones[0].wrong.path,
            touches=tuple(sorted({it.requirement.expected.workspace.text for it in unlike_ones})),
        )


@check(
    "PED302",
    "server-unknown",
    Level.WARNING,
    claim=Claim.ABSENCE,
    needs=("virtual-network", "network-interface"),
)
def server_unknown(context: Context) -> Iterator[Violation]:
    """The DNS server of a required client belongs to nothing that is visible and nothing that is declared.

    Why it matters
        What the client gets depends on a server that nobody can say anything about: it may be switched off,
        re-used, or simply outside of Azure and not yet declared.

    How it is decided
        1. A required client's list holds an address that is not Azure DNS.
        2. No declared server has it, and no interface in a collected network holds it.
        3. It is not a public resolver, whose behaviour is known.
        4. It is an error when a vantage that must reach it gets no answer.

    Remedy
        Declare the server in the configuration ([[dns.server]]), or take it out of the network's list.

    Sources
        learn.microsoft.com: Name resolution for resources in Azure virtual networks.
    """
    for requirement in context.required.requirements:
        client = requirement.client
        servers = context.solver.servers(client)
        for server in servers:
            place = server_at(context.estate, server, client.network, client.site)
            if not isinstance(place, Unknown) or place.visible or place.gaps:
                continue
            about = context.by_name.get(requirement.expected.asked, ())
            silence = next((o for o in about if o.place == place and o.reached and is_silent(o)), None)
            yield Violation(
                subject=_as_component_knows_it(context, requirement, place),
                text=f"DNS server {place.address} of {client.name} is unknown",
                cause=f"Nothing visible has the address {place.address}, and it is not declared.",
                related=(Thing(client.id, "client", client.name),),
                occurrences=(
                    Occurrence(
                        client=client.id,
                        name=requirement.name,
                        type=requirement.type,
                        view=place.id,
                        expected=requirement.acceptable,
                        vantage=silence.answer.question.vantage if silence else "",
                        observed=answer_seen(silence.answer, None) if silence else None,
                    ),
                ),
                proofs=(
                    Proof(kind="document", text=f"{client.name} asks {', '.join(servers)}"),
                    *((observed_proof(silence),) if silence else ()),
                ),
                touches=(requirement.expected.workspace.text,),
            )


def _as_component_knows_it(context: Context, requirement: Requirement, place: Unknown) -> Thing:
    """Connected networks that list one address mean one server: the endpoint's network stands for all of them."""
    estate, network = context.estate, requirement.client.network
    endpoint = estate.get(PrivateEndpoint, requirement.expected.endpoint)
    home = endpoint.network if endpoint else None
    if network is None or home is None or estate.locate(place.address, network) or estate.apart(network, home):
        return place.thing
    return Thing(server_id(place.address, estate.spelt(home)), "server", place.address)


@explains("PED305", "forwarder-missing")
def forwarder_missing(context: Context, disagreement: Disagreement) -> Violation | None:
    """The DNS server does not forward what is needed to Azure DNS.

    Why it matters
        Private zones answer only questions that reach Azure DNS from a linked network. A server that sends the
        name elsewhere gets the public address, however right zones, links and records are.

    How it is decided
        1. The path ends at a declared server that sends the name to the internet. Or: a server's live answer
           contradicts what its declaration implies, and a missing forwarder implies exactly that answer.
        2. No forwarding rule of Azure led there: then the rule is at fault, not the server.
        3. Nothing else of the service is forwarded: else that is told (PED306, PED307).
        4. With the forwarder the name must resolve, or fail later on its way.

    Remedy
        Let the server forward the public suffix to 168.63.129.16 (from inside a network) or to an inbound
        endpoint (from elsewhere). Forward the public suffix, not only the private-link zone.

    Sources
        learn.microsoft.com: Use your workspace with a custom DNS server, conditional forwarders.
    """
    lacking = lacking_forwarder(context, disagreement)
    if lacking is None or lacking.already is not Forwarded.NOTHING:
        return None
    return missing_forwarder(lacking, disagreement)


@check("PED312", "forwarding-falls-back", Level.WARNING)
def forwarding_falls_back(context: Context) -> Iterator[Violation]:
    """The server may answer from elsewhere: the right answer to a required name depends on luck.

    Why it matters
        While all is well the name resolves. When a forwarder is slow for a moment, or only an alias is left in a
        cache, clients are sent to the public address, and nobody can reproduce it afterwards.

    How it is decided
        1. Asked in the usual way, the server or firewall leads to an acceptable address.
        2. It has several forwarders for the name, or forwards first and then asks the internet, or treats an alias
           that it cached otherwise than a fresh answer.
        3. One of these ways leads to something unacceptable.

    Remedy
        Give a suffix only forwarders that answer alike, forward only (BIND: `forward only`), and forward the
        suffixes of all aliases.

    Sources
        Measured: two forwarders, one private and one public, were used in turn by all five kinds of server.
    """
    yield from violations_by_luck(context, by_rule=False)


@explains(
    "PED313",
    "server-unreachable-by-topology",
    claim=Claim.ABSENCE,
    part=Part.SYMPTOM,
    needs=("virtual-network",),
)
def server_unreachable_by_topology(_: Context, disagreement: Disagreement) -> Violation | None:
    """The DNS server that is asked lies in a network to which the asker has no way.

    Why it matters
        Nothing answers, so no name resolves at all, whatever zones and records say.

    How it is decided
        1. The path ends at a server whose address belongs to a network or a virtual hub that was read.
        2. No peering, virtual hub or network manager connects the asker's network with it, and no gateway leads
           out of the asker's network; all that could connect them was read.

    Remedy
        Connect the two networks, or let the network ask a server that it reaches.

    Sources
        learn.microsoft.com: Name resolution for resources in Azure virtual networks.
    """
    last = disagreement.path.last
    if last.rule is not rules.NO_ROUTE or last.decided_by is None:
        return None
    requirement = disagreement.requirement
    return Violation(
        subject=client_thing(requirement.client),
        discriminator=last.decided_by.id,
        text=f"{requirement.client.name} has no way to the DNS server {last.decided_by.name}",
        cause=f"{last.text[:1].upper()}{last.text[1:]}.",
        occurrences=(occurrence(disagreement),),
        proofs=proofs(disagreement),
        path=disagreement.path,
        touches=(requirement.expected.workspace.text,),
    )
