"""Azure Machine Learning's own diagnosis of a workspace, over an estate of the lab: begun by a POST, looked at by GET.

As recorded: 202 without a body, a Location alone to look at, and in the end only the sections that were asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from agent.lab import arm_answers as answers
from agent.lab.arm_call import Call
from agent.lab.builders import guid
from collectors.arm.kinds import KINDS
from collectors.arm.read_posts import DIAGNOSE
from collectors.graph.documents import Document
from collectors.graph.ids import ArmId

_PROVIDER = "Microsoft.MachineLearningServices"
_RESULTS: Mapping[str, str] = {
    "udr": "userDefinedRouteResults",
    "nsg": "networkSecurityRuleResults",
    "resourceLock": "resourceLockResults",
    "dnsResolution": "dnsResolutionResults",
    "storageAccount": "storageAccountResults",
    "keyVault": "keyVaultResults",
    "containerRegistry": "containerRegistryResults",
    "applicationInsights": "applicationInsightsResults",
    "others": "otherResults",
}
_BEGIN = re.compile(
    rf"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/{re.escape(KINDS[DIAGNOSE.kind].type.lower())}/[^/]+/"
    + DIAGNOSE.verb
)
_LOOK = re.compile(r"/subscriptions/[^/]+/providers/[^/]+/locations/[^/]+/workspaceoperationsstatus/([0-9a-f-]{36})")
_ADVICE = (
    "is not using Azure default DNS. You need to configure your DNS server and check "
    "https://learn.microsoft.com/azure/machine-learning/how-to-custom-dns to make sure the custom DNS is set up "
    "correctly."
)
_WAIT = "1"  # seconds; the real ones are 10 at least
_LOOKS = 2  # until it is done


@dataclass(slots=True, kw_only=True)
class _Operation:
    """One diagnosis under way."""

    path: str
    number: str
    sections: tuple[str, ...]
    looks: int = 0


class Diagnoses:
    """Begins diagnoses, and answers when they are looked at."""

    def __init__(self, documents: Mapping[ArmId, Document]) -> None:
        self._documents = documents
        self._operations: dict[str, _Operation] = {}

    def path_of(self, method: str, path: str) -> str:
        """The path of the POST that a request is or belongs to, `""` where it has nothing to do with a diagnosis."""
        if method == "POST":
            return path if path.isprintable() and _BEGIN.fullmatch(path.lower()) else ""
        found = _LOOK.fullmatch(path.lower())
        operation = self._operations.get(found[1]) if found else None
        return operation.path if operation else ""

    def answer(self, call: Call, base: str, *, looping: bool) -> Response:
        """Begin, or tell how far it is. `base` and `looping` bend the Location as faults bend links to pages."""
        workspace = self._documents.get(ArmId(call.path.rpartition("/")[0]))
        if workspace is None or workspace.kind != DIAGNOSE.kind:
            return answers.resource_not_found(ArmId(call.path.rpartition("/")[0]))
        if call.request.method == "POST":
            sections = _sections(call.body)
            if sections is None:
                return answers.error(400, "BadRequest", "The request body is not valid.")
            number = guid(f"diagnosis {len(self._operations)} of {call.path}")
            operation = _Operation(path=call.path, number=number, sections=sections)
            self._operations[number] = operation
        else:
            operation = self._operations[call.request.url.path.rpartition("/")[2].lower()]
            operation.looks += 1
            if operation.looks >= _LOOKS and not looping:
                return answers.json_response({"value": self._results(workspace.id, operation.sections)}, pretty=True)
        place = (
            f"{base or call.origin}/subscriptions/{call.subscription}/providers/{_PROVIDER}/locations/"
            f"{workspace.body['location']}/workspaceOperationsStatus/{operation.number}"
            f"?api-version={call.query['api-version']}&type=location"
        )
        turn = f"&turn={operation.looks % 2}" if looping else ""
        return Response(status_code=202, headers={"Location": place + turn, "Retry-After": _WAIT})

    def _results(self, workspace: ArmId, sections: tuple[str, ...]) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {_RESULTS[section]: [] for section in sections}
        if "dnsResolution" in sections:
            found[_RESULTS["dnsResolution"]] = list(self._custom_dns(workspace))
        return found

    def _custom_dns(self, workspace: ArmId) -> Iterator[dict[str, str]]:
        """One warning for each endpoint of the workspace in a network with DNS servers of its own."""
        for endpoint in self._documents.values():
            if endpoint.kind != "private-endpoint" or workspace not in _targets(endpoint):
                continue
            network = self._documents.get(ArmId(endpoint.body["properties"]["subnet"]["id"]).parent)
            options = network.body["properties"].get("dhcpOptions", {}) if network else {}
            if network and options.get("dnsServers"):
                message = f"It is detected VNet '{network.id}' of private endpoint '{endpoint.id}' {_ADVICE}"
                yield {"code": "CustomDnsInUse", "level": "Warning", "message": message}


def _targets(endpoint: Document) -> set[ArmId]:
    properties = endpoint.body["properties"]
    connections = (properties.get(f"{how}rivateLinkServiceConnections", []) for how in ("p", "manualP"))
    return {ArmId(each["properties"]["privateLinkServiceId"]) for listed in connections for each in listed}


def _sections(body: bytes) -> tuple[str, ...] | None:
    """What is to be looked at, None for a body that is not understood."""
    try:
        content: Any = json.loads(body)
    except ValueError:
        return None
    value = content.get("value") if isinstance(content, dict) else None
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        return None
    return tuple(value) if set(value) <= set(_RESULTS) else None
