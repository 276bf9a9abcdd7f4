"""Generated estates: whatever the documents hold, an estate is built, and their order decides nothing."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.arm.kinds import KINDS, trim
from collectors.arm.references import references
from collectors.arm.sight import build_estate
from collectors.graph.declared import Declared
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.estate import Estate
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Firewall, ForwardingRuleset
from tests.collectors.arm.bodies import FULL, GROUP, SUBSCRIPTION

IDS = tuple(document.id.text for document in FULL.values())
GROUPS = (GROUP, f"{SUBSCRIPTION}/resourceGroups/rg-two", "/subscriptions/elsewhere/resourceGroups/rg-three")
WRONG: tuple[Any, ...] = (None, None, "", [], {}, 5, True, "nonsense", "10.0.0.4", "fd00::1", [None], [{}], "/x", ".")


def respelt(text: str, random: Random) -> str:
    """The same id in another case, or another id."""
    choice = random.randrange(6)
    if choice == 0:
        return random.choice(IDS)
    if choice == 1:
        return text.replace(GROUP, random.choice(GROUPS))
    return (text.lower(), text.upper(), text.swapcase(), text)[choice - 2]


def damaged(value: Any, random: Random) -> Any:
    """A value with keys left out, null or of a wrong shape here and there, and references to anything."""
    if random.random() < 0.03:
        return random.choice(WRONG)
    if isinstance(value, dict):
        return {key: damaged(inner, random) for key, inner in value.items() if random.random() > 0.05}
    if isinstance(value, list):
        return [damaged(inner, random) for inner in value for _ in range(random.choice((0, 1, 1, 1, 2)))]
    if isinstance(value, str) and value.startswith("/subscriptions/"):
        return respelt(value, random)
    return value


def generated(seed: int) -> tuple[list[Document], list[Gap]]:
    """Documents of all kinds, some of them twice with different content, and gaps about anything."""
    random = Random(seed)
    documents = []
    for _ in range(random.randrange(4, 60)):
        whole = random.choice(tuple(FULL.values()))
        id = ArmId(respelt(whole.id.text, random) if random.random() < 0.5 else whole.id.text)
        body = damaged(dict(whole.body), random)
        kept = trim(KINDS[whole.kind], body if isinstance(body, dict) else {})[0]
        documents.append(Document(kind=whole.kind, id=id, body=kept))
    gaps = [
        Gap(
            kind=random.choice(tuple(KINDS)),
            scope=random.choice((*IDS, *GROUPS, SUBSCRIPTION, "/", "")),
            reason=random.choice(tuple(Reason)),
            detail="the test hides it",
        )
        for _ in range(random.randrange(4))
    ]
    return documents, gaps


def told(estate: Estate) -> tuple[list[str], list[str]]:
    """Everything that an estate holds, spelling included."""
    return sorted(map(repr, estate.nodes.values())), [repr(gap) for gap in estate.gaps]


def looked_at(estate: Estate) -> None:
    """Ask for every relation there is, of every network and address."""
    networks = [network.id for network in estate.networks]
    for one in networks:
        estate.linked_zones(one)
        estate.rules_for(one)
        estate.security_rules_for(one)
        estate.rules_unseen(one)
        estate.rulesets_unseen(one)
        estate.policies_unseen(one)
        estate.hubs_of(one)
        for address in ("10.0.0.4", "10.9.0.132", "fd00::1"):
            places = (estate.locate(address, one), estate.locate_hub(address, one))
            for place in filter(None, (one, *places)):
                estate.interface_at(address, place)
                estate.inbound_at(address, place)
                estate.firewall_at(address, place)
                estate.inbound_unseen(address, place)
                estate.firewall_unseen(address, place)
            estate.is_public(address)
        for other in networks:
            assert estate.apart(one, other) is estate.apart(other, one)
            assert not (estate.apart(one, other) and other in estate.component(one))
    for firewall in estate.of_type(Firewall):
        assert estate.firewall_dns(firewall) or firewall.policy
        estate.firewall_dns_unseen(firewall)
    for ruleset in estate.of_type(ForwardingRuleset):
        estate.outbound_unseen(ruleset.id)
    for node in estate.nodes.values():
        assert all(reference.kind in KINDS for reference in references(node))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_any_documents_in_any_order_make_the_same_estate(seed: int, shuffle: Random) -> None:
    documents, gaps = generated(seed)
    estate = build_estate(documents, gaps, Declared())
    assert estate.nodes or estate.gaps
    looked_at(estate)
    shuffle.shuffle(documents)
    shuffle.shuffle(gaps)
    assert told(build_estate(documents, gaps, Declared())) == told(estate)
