"""What the lab sends is what Microsoft's API descriptions promise, where a checkout of them lies beside this one."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from agent.lab.scenarios import SCENARIOS, build
from agent.lab.world import LabWorld
from collectors.arm.kinds import KINDS
from collectors.azure.diagnose import ONLY_DNS
from collectors.graph.documents import Document
from tests.agent.lab.test_diagnose import WORKSPACE, diagnosed

BESIDE = Path(__file__).parents[4] / "shared" / "arm-samples"
FILES = sorted((Path(os.environ.get("ARM_SAMPLES", BESIDE)) / "openapi").glob("*.json"))

pytestmark = pytest.mark.skipif(
    not FILES, reason="no API descriptions beside this checkout (ARM_SAMPLES names a folder)"
)

# Kinds that those files describe. They are older than what is read: other kinds have no description there.
DESCRIBED = {
    "private-endpoint",
    "private-dns-zone-group",
    "network-interface",
    "virtual-network",
    "gateway-subnet",
    "firewall",
    "firewall-policy",
    "private-dns-zone",
    "zone-link",
    "record-set",
    "dns-resolver",
    "inbound-endpoint",
    "outbound-endpoint",
    "forwarding-ruleset",
    "forwarding-rule",
    "ruleset-link",
    "workspace",
    "compute",
    "online-endpoint",
    "workspace-connection",
    "ml-registry",
}


def operations(swagger: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The ARM type in lower case and the definition of one resource, for every operation that reads resources."""
    for path, operation in swagger["paths"].items():
        schema = operation.get("get", {}).get("responses", {}).get("200", {}).get("schema", {})
        definition = schema.get("$ref", "").rpartition("/")[2]
        provider, *segments = path.rpartition("/providers/")[2].split("/")
        arm_type = "/".join([provider, *segments[::2]]).lower()
        if "{" in arm_type:  # the type itself is a parameter, as that of a record set
            continue
        if definition and len(segments) % 2 == 0:
            yield arm_type, definition
        elif definition:
            rows = swagger["definitions"][definition].get("properties", {}).get("value", {}).get("items", {})
            if "$ref" in rows:
                yield arm_type, rows["$ref"].rpartition("/")[2]


def relaxed(schema: Any) -> Any:
    """Without the enumerations that only list examples, and open to further keys: Azure adds both as it likes."""
    if isinstance(schema, dict):
        open_ended = schema.get("x-ms-enum", {}).get("modelAsString", False)
        closed = {"additionalProperties"} if schema.get("additionalProperties") is False else set()
        dropped = closed | ({"enum"} if open_ended else set())
        return {key: relaxed(inner) for key, inner in schema.items() if key not in dropped}
    return [relaxed(inner) for inner in schema] if isinstance(schema, list) else schema


@cache
def validators() -> Mapping[str, Draft4Validator]:
    """A validator for each ARM type (lower case)."""
    found = {}
    for file in FILES:
        swagger = json.loads(file.read_text(encoding="utf-8"))
        definitions = relaxed(swagger["definitions"])
        for arm_type, name in operations(swagger):
            found[arm_type] = Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})
    return found


def without_nulls(value: Any) -> Any:
    """Azure sends null for what is not set, whatever its descriptions say of the type."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def faults(document: Document) -> list[str] | None:
    """What is wrong with a body; None where nobody describes its kind."""
    validator = validators().get(KINDS[document.kind].type.lower())
    if validator is None:
        return None
    body = without_nulls(dict(document.body))
    return [f"{document.kind}: {error.json_path}: {error.message}" for error in validator.iter_errors(body)]


def test_every_body_is_as_its_api_description_says() -> None:
    """Keys that a description does not know are allowed: Azure sends many. The counts are in `pytest -rP`."""
    wrong: set[str] = set()
    counts: Counter[str] = Counter()
    for name in SCENARIOS:
        for document in build(name).documents.values():
            found = faults(document)
            counts[document.kind] += found is not None
            wrong |= set(found or ())
    print(dict(counts))  # noqa: T201  the count is what a reader of `pytest -rP` wants to see
    assert not wrong
    assert {kind for kind, count in counts.items() if count} == DESCRIBED


def test_a_diagnosis_is_as_its_api_description_says() -> None:
    (swagger,) = [json.loads(file.read_text()) for file in FILES if file.stem == "machinelearningservices"]
    definitions = relaxed(swagger["definitions"])
    result, asked = (
        Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})
        for name in ("DiagnoseResponseResult", "DiagnoseWorkspaceParameters")
    )
    with LabWorld(build("hub-spoke")) as world:
        content = diagnosed(world, WORKSPACE, ONLY_DNS)
    assert content["value"]["dnsResolutionResults"]
    assert list(result.iter_errors(content)) == []
    assert list(asked.iter_errors(dict(ONLY_DNS))) == []
    assert list(result.iter_errors({"value": {"dnsResolutionResults": {}}}))


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("virtual-network", ("properties", "addressSpace", "addressPrefixes"), "10.0.0.0/16"),
        ("network-interface", ("properties", "ipConfigurations"), {}),
        ("private-dns-zone", ("properties", "numberOfRecordSets"), "many"),
        ("forwarding-rule", ("properties", "targetDnsServers"), "10.0.0.4"),
        ("workspace", ("properties", "hbiWorkspace"), "no"),
    ],
)
def test_a_body_of_another_shape_is_noticed(kind: str, path: tuple[str, ...], value: object) -> None:
    """Else the other test would show nothing."""
    document = next(d for d in build("private-resolver").documents.values() if d.kind == kind)
    body = deepcopy(dict(document.body))
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    assert path[-1] in inner
    inner[path[-1]] = value
    assert faults(Document(kind=kind, id=document.id, body=body))
