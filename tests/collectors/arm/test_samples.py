"""What Azure really sent: recorded answers and published examples, where a checkout of them lies beside this one."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from collectors.arm.kinds import KINDS, Kind, kind_of_type, trim
from collectors.arm.nodes import parse_document
from collectors.graph.documents import Document, Gap, Reason
from collectors.graph.ids import ArmId
from collectors.graph.nodes import Node

BESIDE = Path(__file__).parents[4] / "shared" / "arm-samples"
SAMPLES = Path(os.environ.get("ARM_SAMPLES", BESIDE))
FILES = sorted(
    path for part in ("recorded", "specs") for path in (SAMPLES / part).rglob("*.json") if path.name != "index.json"
)

pytestmark = pytest.mark.skipif(
    not FILES, reason="no recorded answers beside this checkout (ARM_SAMPLES names a folder)"
)

Outcome = tuple[str, str]
"""What became of a body: `node`, `gap`, `not read` or `no resource`, and of which kind, type or form."""

# Forms of answers that are no resource, by a key that only they have.
NO_RESOURCE = {
    "error": "error",
    "code": "error",
    "status": "state of an operation",
    "available": "whether an address is free",
    "visible": "whether a service is visible",
    "currentValue": "usage",
    "resourceType": "SKU of a deployment",
    "content": "log",
    "nodes": "nodes of a compute",
    "ipPrefixes": "learned prefixes",
    "isPrivateLinkEnabled": "notebook",
    "networkSecurityGroup": "effective rules",
    "nextHopType": "effective route",
    "publicIpAddressId": "protection of an address",
    "display": "operation of a provider",
    "displayName": "feature",
    "serviceName": "type of private endpoint",
    "resourceName": "type of private endpoint",
}


def bodies(content: Any) -> Iterator[Any]:
    """The answers of a file: itself when recorded, every response of a published example."""
    if isinstance(content, dict) and "responses" in content and "parameters" in content:
        for response in content["responses"].values():
            yield response.get("body")
    else:
        yield content


def requests(content: Any) -> Iterator[dict[str, Any]]:
    """The resources among the parameters of an example: bodies of a PUT or PATCH, without an id."""
    for value in content.get("parameters", {}).values() if isinstance(content, dict) else ():
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            yield value


def items(body: Any) -> list[Any]:
    """The items of a list, or the body itself; an empty list counts as one empty item."""
    return (body["value"] or [None]) if isinstance(body, dict) and isinstance(body.get("value"), list) else [body]


def resources(value: Any) -> Iterator[dict[str, Any]]:
    """Every resource in a body, however deep: an object with an id and properties."""
    if isinstance(value, dict):
        if isinstance(value.get("id"), str) and isinstance(value.get("properties"), dict):
            yield value
        for inner in value.values():
            yield from resources(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from resources(inner)


def known(body: Mapping[str, Any]) -> tuple[Kind, ArmId] | None:
    """The kind and id of a resource that we read."""
    try:
        id = ArmId(body["id"])
    except ValueError:
        return None
    # The id of a zone group may name a private link service where it means the endpoint.
    own = id.type.replace("privateLinkServices/privateDnsZoneGroups", "privateEndpoints/privateDnsZoneGroups")
    kind = kind_of_type(str(body.get("type") or own)) or kind_of_type(own)
    return (kind, id) if kind else None


def read(kind: Kind, id: ArmId, body: dict[str, Any]) -> Outcome:
    """A body of a known kind becomes a node or a gap that says why not."""
    found = parse_document(Document(kind=kind.name, id=id, body=trim(kind, body)[0]))
    assert found is not None
    if isinstance(found, Gap):
        assert found.reason is Reason.MALFORMED
        return "gap", f"{kind.name}: {found.detail}"
    return "node", kind.name


def outcome(item: Any, file: Path) -> Outcome:
    """What became of one item. Nothing falls through."""
    if not item:
        return "no resource", "empty"
    assert isinstance(item, dict), file
    if "currentValue" in item:  # under the id of what is counted
        return "no resource", NO_RESOURCE["currentValue"]
    found = known(item) if isinstance(item.get("id"), str) else None
    if found:
        return read(*found, item)
    kind = kind_of_type(str(item.get("type")))
    if file.name.startswith("Registries__"):  # the example writes "string" for every text, its type included
        kind = KINDS["ml-registry"]
    if kind:  # examples without a usable id; a listing makes a gap of those, here the rest is read all the same
        return read(kind, ArmId(f"/subscriptions/s/resourceGroups/g/providers/{kind.type}/example"), item)
    if "type" in item and isinstance(item.get("properties"), dict):
        return "not read", str(item["type"])
    form = next((form for key, form in NO_RESOURCE.items() if key in item), None)
    if form is None and isinstance(item.get("value"), dict):
        form = "sections of a diagnosis"
    if form is None and isinstance(item.get("properties"), dict):
        return "not read", f"{sorted(item['properties'])[:3]}"
    assert form is not None, f"{file.name}: nobody says what {sorted(item)} is"
    return "no resource", form


def outcomes(file: Path) -> Iterator[Outcome]:
    """What became of everything in a file: answers, what is embedded in them, and bodies that were sent."""
    content = json.loads(file.read_text(encoding="utf-8"))
    top = [item for body in bodies(content) for item in items(body)]
    yield from (outcome(item, file) for item in top)
    inside = (body for item in top for body in resources(item) if body is not item)
    yield from (read(*found, body) for body in inside if (found := known(body)))
    kinds = [found for item in top if isinstance(item, dict) and "id" in item and (found := known(item))]
    for sent in requests(content):
        yield read(*kinds[0], sent) if kinds else ("not read", f"sent: {file.name.partition('_')[0]}")


def test_nothing_that_azure_sent_is_silently_nothing() -> None:
    counts: dict[str, Counter[str]] = {form: Counter() for form in ("node", "gap", "not read", "no resource")}
    for file in FILES:
        found = list(outcomes(file))
        assert found, file
        for form, what in found:
            counts[form][what] += 1
    for form, counter in counts.items():
        print(f"\n{form}: {counter.total()}")  # noqa: T201  what a reader of `pytest -s` wants to see
        print(*(f"  {count:4} {what}" for what, count in counter.most_common()), sep="\n")  # noqa: T201
    # Placeholders for ids, and bodies of a PATCH, which hold what changes only.
    expected = ("not an ARM id", "without a virtual network", "without a domain name", "without properties")
    assert [what for what in counts["gap"] if not any(reason in what for reason in expected)] == []
    assert counts["node"].keys() >= {
        *("private-endpoint", "private-dns-zone-group", "network-interface", "virtual-network", "gateway-subnet"),
        *("private-dns-zone", "zone-link", "record-set", "firewall", "firewall-policy"),
        *("dns-resolver", "inbound-endpoint", "outbound-endpoint", "forwarding-ruleset", "forwarding-rule"),
        *("ruleset-link", "security-policy", "security-rule", "security-policy-link", "domain-list"),
        *("workspace", "compute", "online-endpoint", "workspace-connection"),
    }


def test_a_kind_of_ours_is_never_counted_as_not_read() -> None:
    for file in FILES:
        for form, what in outcomes(file):
            assert form != "not read" or kind_of_type(what) is None, (file.name, what)


def test_recorded_values_arrive_in_the_nodes() -> None:
    """A few that were looked up by eye, so that a parser which reads nothing at all is noticed."""
    held = [node for file in FILES for node in nodes(file)]
    facts = {fact for node in held for fact in (getattr(node, "domains", ()), getattr(node, "hosts", ()))}
    assert ("jiajicompute1.eastus.instances.azureml.ms",) in facts
    assert any(getattr(node, "host", None) == "online-pwsh01.eastus.inference.ml.azure.com" for node in held)
    assert any(getattr(node, "action", "") == "block" for node in held)
    assert any(getattr(node, "targets", ()) for node in held)
    assert any(getattr(node, "proxy", None) for node in held)


def nodes(file: Path) -> Iterator[Node]:
    """The nodes of a file."""
    for body in resources(json.loads(file.read_text(encoding="utf-8"))):
        found = known(body)
        if found:
            kind, id = found
            node = parse_document(Document(kind=kind.name, id=id, body=trim(kind, body)[0]))
            if node is not None and not isinstance(node, Gap):
                yield node
