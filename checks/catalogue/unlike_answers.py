"""6xx: servers of one list whose live answers differ."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Part, check
from checks.context import Context
from checks.diagnosis.observed import explained_questions
from checks.diagnosis.unlike import client_thing, unlike_servers
from checks.finding import Level, Violation
from checks.resolution.path import Thing


@check("PED611", "servers-disagree", Level.ERROR, part=Part.LIVE)
def servers_disagree(context: Context) -> Iterator[Violation]:
    """Servers of one list give different answers for a required name.

    Why it matters
        Clients ask the first server, and the next one when it is silent for a moment. The name works, fails and works
        again, on each machine at another time.

    How it is decided
        1. A required client's network, interface or site lists several servers, and nobody can see into them.
        2. From vantages that must reach them, one gives an acceptable address and another one does not.
        3. No missing forwarder explains the wrong answer (then PED305 names the server). Where the configuration or
           Azure shows what a server of the list does, PED301 compares them.

    Remedy
        Look into the server that misleads: local records, another forwarder, an old copy of a zone. Or list only
        servers that answer alike.

    Sources
        learn.microsoft.com: Name resolution for resources in Azure virtual networks; RFC 1034 section 5.3.3.
    """
    explained = explained_questions(context)
    for unlike in unlike_servers(context):
        heard = unlike.wrong.observation
        if not unlike.is_only_heard or heard is None or heard.answer.question in explained:
            continue
        client, name = unlike.requirement.client, unlike.requirement.name
        right = next(each.server for each in unlike.told if each.right)
        yield Violation(
            subject=client_thing(client),
            discriminator=name,
            text=f"The DNS servers of {client.name} give different answers for {name}",
            cause=f"{right} is right, {unlike.wrong.server} is not; nobody can see into either.",
            related=(Thing(f"dns:{name}", "name", name),),
            occurrences=(unlike.line,),
            proofs=tuple(proof for each in unlike.told for proof in each.proofs),
            touches=(unlike.requirement.expected.workspace.text,),
        )
