"""What a resource may say on the wire, by the wire names of Microsoft's SDK models.

Only names are compared, and the words of enumerations. Which property needs which other one, no model says.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import EnumMeta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

BESIDE = Path(__file__).parents[3] / "shared" / "arm-samples"
OPENAPI = Path(os.environ.get("ARM_SAMPLES", BESIDE)) / "openapi"

# Type -> SDK package and the model of its body. The api-version is what that package itself asks with.
MODELS: Mapping[str, tuple[str, str]] = {
    "Microsoft.App/managedEnvironments": ("azure.mgmt.appcontainers", "ManagedEnvironment"),
    "Microsoft.App/managedEnvironments/storages": ("azure.mgmt.appcontainers", "ManagedEnvironmentStorage"),
    "Microsoft.App/jobs": ("azure.mgmt.appcontainers", "Job"),
    "Microsoft.App/containerApps": ("azure.mgmt.appcontainers", "ContainerApp"),
    "Microsoft.OperationalInsights/workspaces": ("azure.mgmt.loganalytics", "Workspace"),
    "Microsoft.OperationalInsights/workspaces/tables": ("azure.mgmt.loganalytics", "Table"),
    "Microsoft.Insights/dataCollectionEndpoints": ("azure.mgmt.monitor", "DataCollectionEndpointResource"),
    "Microsoft.Insights/dataCollectionRules": ("azure.mgmt.monitor", "DataCollectionRuleResource"),
    "Microsoft.Insights/scheduledQueryRules": ("azure.mgmt.monitor", "ScheduledQueryRuleResource"),
    "Microsoft.Insights/workbooks": ("azure.mgmt.applicationinsights.v2023_06_01", "Workbook"),
    "Microsoft.ManagedIdentity/userAssignedIdentities": ("azure.mgmt.msi.v2024_11_30", "Identity"),
    "Microsoft.Authorization/roleDefinitions": ("azure.mgmt.authorization.v2022_04_01", "RoleDefinition"),
    "Microsoft.Authorization/roleAssignments": (
        "azure.mgmt.authorization.v2022_04_01",
        "RoleAssignmentCreateParameters",
    ),
    "Microsoft.Storage/storageAccounts": ("azure.mgmt.storage", "StorageAccountCreateParameters"),
    "Microsoft.Storage/storageAccounts/blobServices": ("azure.mgmt.storage", "BlobServiceProperties"),
    "Microsoft.Storage/storageAccounts/blobServices/containers": ("azure.mgmt.storage", "BlobContainer"),
    "Microsoft.Storage/storageAccounts/fileServices": ("azure.mgmt.storage", "FileServiceProperties"),
    "Microsoft.Storage/storageAccounts/fileServices/shares": ("azure.mgmt.storage", "FileShare"),
}
# Read by Bicep and never written; the version is the one that the agent itself reads with.
EXISTING = {"Microsoft.ContainerRegistry/registries"}


class Shape(Protocol):
    """What may stand at one place."""

    def child(self, name: str) -> Shape | None:
        """What may stand below a property; None where there is no such property."""
        ...

    def words(self) -> frozenset[str]:
        """The words that may stand here; empty where anything may."""
        ...

    def names(self) -> tuple[str, ...]:
        """The properties there are; empty where any may stand."""
        ...


@dataclass(frozen=True)
class Anything:
    """A value of which nothing is known, or a word of an enumeration."""

    allowed: frozenset[str] = frozenset()

    def child(self, name: str) -> Shape | None:
        return Anything()

    def words(self) -> frozenset[str]:
        return self.allowed

    def names(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class Dictionary:
    """Free keys, each with the same below it."""

    value: Shape

    def child(self, name: str) -> Shape | None:
        return self.value

    def words(self) -> frozenset[str]:
        return frozenset()

    def names(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class Properties:
    """A fixed set of properties; what is read-only is not among them."""

    members: Mapping[str, tuple[str, str]]
    """Name -> module and type as the model writes it."""
    nested: Mapping[str, Properties]

    def child(self, name: str) -> Shape | None:
        if name in self.nested:
            return self.nested[name]
        return _typed(*self.members[name]) if name in self.members else None

    def words(self) -> frozenset[str]:
        return frozenset()

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({*self.members, *self.nested}))


def shape_of(type: str) -> Shape | None:
    """What a resource of a type may say in a request; None where nobody describes it."""
    described = {known.lower(): known for known in MODELS}.get(type.lower())
    if described is None:
        return None
    package, model = MODELS[described]
    return _model(f"{package}.models", model)


def versions(type: str) -> frozenset[str]:
    """The api-versions with which the SDK's package asks for a type."""
    from collectors.arm.kinds import KINDS

    if type in EXISTING:
        return frozenset(kind.api_version for kind in KINDS.values() if kind.type == type)
    package, _ = MODELS[type]
    module = importlib.import_module(package)
    folder = Path(str(module.__file__)).parent / "operations"
    return frozenset(_asked(folder, type))


def _asked(folder: Path, type: str) -> Iterator[str]:
    """The version beside each address that holds the type, in whichever way the package writes it."""
    provider, *names = type.split("/")
    wanted = rf"/{re.escape(provider)}/" + r"/(?:\{\w+\}|default)/".join(map(re.escape, names))
    for file in sorted(folder.glob("*_operations.py")):
        for builder in re.split(r"^def build_", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            version = re.search(r'"api-version", "([\d-]+(?:-preview)?)"', builder)
            if version and re.search(wanted + r"(?:/(?:\{\w+\}|default))?\"", builder):
                yield version[1]


@cache
def _model(module: str, name: str) -> Properties:
    model = getattr(importlib.import_module(module), name)
    found = _old(model) if hasattr(model, "_attribute_map") else _new(model)
    members: dict[str, tuple[str, str]] = {}
    nested: dict[str, dict[str, tuple[str, str]]] = {}
    for path, kind in found:
        first, _, rest = path.partition(".")
        if rest:
            nested.setdefault(first, {})[rest.replace("\\.", ".")] = (module, kind)
        else:
            members[path.replace("\\.", ".")] = (module, kind)
    return Properties(members, {key: Properties(below, {}) for key, below in nested.items()})


def _old(model: Any) -> Iterator[tuple[str, str]]:
    """Models that keep wire names in a table; what is flattened has a dot."""
    for attribute, entry in model._attribute_map.items():
        if not model._validation.get(attribute, {}).get("readonly"):
            yield re.sub(r"\\\\.", ".", entry["key"]), entry["type"]


def _new(model: Any) -> Iterator[tuple[str, str]]:
    """Models that keep wire names in fields of their own."""
    model.__new__(model)  # the fields get their names when the first one is made
    annotations: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        annotations.update(getattr(base, "__annotations__", {}))
    for attribute, field in model._attr_to_rest_field.items():
        visibility = field._visibility
        if visibility is None or set(visibility) - {"read"}:
            yield field._rest_name, str(annotations[attribute])


def _typed(module: str, kind: str) -> Shape:
    """What stands behind a type as a model writes it: `[X]`, `{X}`, `list["_models.X"]` and so on."""
    names = re.findall(r"[A-Za-z]\w*", re.sub(r"ForwardRef|Optional|Union|typing|_models\.|models\.", " ", kind))
    candidates = [word for word in names if word not in ("str", "int", "bool", "list", "dict", "List", "Dict", "Any")]
    models = importlib.import_module(module)
    found = next((getattr(models, word) for word in candidates if hasattr(models, word)), None)
    below: Shape = Anything()
    if isinstance(found, EnumMeta):
        below = Anything(frozenset(str(found[key].value) for key in found.__members__))
    elif found is not None:
        below = _model(module, found.__name__)
    return Dictionary(below) if kind.startswith("{") or re.search(r"\b[dD]ict\[", kind) else below


def openapi_types() -> frozenset[str]:
    """The types that the OpenAPI files describe, in lower case."""
    found = set()
    for file in sorted(OPENAPI.glob("*.json")):
        for path in json.loads(file.read_text(encoding="utf-8"))["paths"]:
            provider, *names = path.rpartition("/providers/")[2].split("/")
            found.add("/".join([provider, *names[::2]]).lower())
    return frozenset(found)
