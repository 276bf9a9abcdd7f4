"""The Terraform module says the same to ARM as the Bicep files, and is held against the same descriptions."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.deploy import bicep, wire

ROOT = Path(__file__).parents[2] / "deploy"
MODULE = ROOT / "terraform"
SPOKE = MODULE / "spoke"
ALL_BICEP = {path.name: path for path in sorted((ROOT / "bicep").glob("*.bicep"))}
# What each module stands for.
SAME = {
    MODULE: [path for name, path in ALL_BICEP.items() if name not in ("spoke.bicep", "share.bicep")],
    SPOKE: [ALL_BICEP[name] for name in ("spoke.bicep", "share.bicep", "environment.bicep")],
}
EACH = pytest.mark.parametrize("folder", SAME, ids=lambda folder: folder.name)
_LOCAL = re.compile(r"\$\{local\.(\w+)\}")


def plain(value: Any) -> Any:
    """What the parser gives, without the quotes that it keeps around texts and keys."""
    if isinstance(value, dict):
        return {plain(key): plain(below) for key, below in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value[1:-1] if isinstance(value, str) and value[:1] == value[-1:] == '"' else value


class Module:
    """A module as it is written: resources by address, and locals."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.resources: dict[str, Mapping[str, Any]] = {}
        self.locals: dict[str, Any] = {}
        self.text = "\n".join(texts.values())
        for text in texts.values():
            tree = plain(hcl2.loads(text))
            for block in tree.get("resource", []):
                for kind, named in block.items():
                    self.resources.update({f"{kind}.{name}": body for name, body in named.items()})
            for block in tree.get("locals", []):
                self.locals.update(block)

    def written(self) -> Iterator[tuple[str, str, str, Any]]:
        """Address, type, api-version and body of each resource."""
        for address, body in self.resources.items():
            if address.startswith("azapi_resource."):
                type, _, version = body["type"].partition("@")
                yield address, type, version, body.get("body", {})

    def followed(self, value: Any) -> Any:
        """A value, or what the local stands for that it names."""
        if not isinstance(value, str):
            return value
        if local := _LOCAL.fullmatch(value):
            return self.followed(self.locals[local[1]])
        return value

    def paths(self, value: Any, where: str = "") -> Iterator[str]:
        """Every property below a value."""
        value = self.followed(value)
        for item in value if isinstance(value, list) else [value]:
            item = self.followed(item)
            for key, below in item.items() if isinstance(item, dict) else ():
                name = self.named(key)
                yield f"{where}.{name}".lstrip(".")
                yield from self.paths(below, f"{where}.{name}")

    def named(self, key: str) -> str:
        """A key, which may be a local in brackets."""
        found = re.fullmatch(r"(?:\$\{)?\(local\.(\w+)\)\}?", key)
        return "${" + found[1] + "}" if found else key

    def problems(self) -> Iterator[str]:
        """What Azure would not take."""
        for address, type, version, body in self.written():
            shape = wire.shape_of(type)
            if shape is None:
                yield f"{address}: {type}: no description of this type is known"
                continue
            if version not in wire.versions(type):
                yield f"{address}: {type}@{version}: the SDK asks with {', '.join(sorted(wire.versions(type)))}"
            yield from self.wrong(body, shape, f"{address}: {type}")
        yield from self.undeclared()

    def wrong(self, value: Any, shape: wire.Shape, where: str) -> Iterator[str]:
        """Properties that a shape does not have, and words that it does not know."""
        value = self.followed(value)
        if isinstance(value, list):
            for item in value:
                yield from self.wrong(item, shape, where)
        elif isinstance(value, dict):
            for key, below in value.items():
                child = shape.child(self.named(key))
                if child is None:
                    yield f"{where} has no property {key} that may be set"
                else:
                    yield from self.wrong(below, child, f"{where}.{key}")
        elif isinstance(value, str) and shape.words() and "${" not in value and value and value not in shape.words():
            yield f"{where}: {value!r} is none of {', '.join(sorted(shape.words()))}"

    def undeclared(self) -> Iterator[str]:
        """References to what is not there, and variables that nothing uses."""
        declared = set(re.findall(r'^variable "(\w+)"', self.text, re.MULTILINE))
        used = set(re.findall(r"\bvar\.(\w+)", self.text))
        yield from (f"var.{name} is not declared" for name in sorted(used - declared))
        yield from (f"var.{name} is not used" for name in sorted(declared - used))
        for name in sorted(set(re.findall(r"\blocal\.(\w+)", self.text)) - set(self.locals)):
            yield f"local.{name} is not declared"
        referred = set(re.findall(r"\b(azapi_resource(?:_action)?\.\w+)", self.text))
        yield from (f"{address} is not declared" for address in sorted(referred - set(self.resources)))


def module(folder: Path = MODULE, wrong: tuple[str, str] = ("", "")) -> Module:
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf"))}
    if wrong[0]:
        assert any(wrong[0] in text for text in texts.values())
        texts = {name: text.replace(*wrong) for name, text in texts.items()}
    return Module(texts)


@EACH
def test_nothing_is_wrong(folder: Path) -> None:
    assert list(module(folder).problems()) == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("cronExpression ", "cronExpresion ", "has no property cronExpresion"),
        ('storageType = "Secret"', 'storageTyp = "Secret"', "has no property storageTyp"),
        ('triggerType       = "Schedule"', 'triggerType       = "Cron"', "'Cron' is none of"),
        ("App/jobs@2026-07-01", "App/jobs@2020-01-01", "the SDK asks with"),
        ('operator        = "Greater', 'operater        = "Greater', "has no property operater"),
        ("columns = local.columns", "colums = local.columns", "has no property colums"),
        ("var.retention_days", "var.retention", "var.retention is not declared"),
        ("azapi_resource.workspace.id", "azapi_resource.logs.id", "azapi_resource.logs is not declared"),
    ],
)
def test_a_mistake_is_told(right: str, wrong: str, told: str) -> None:
    assert any(told in problem for problem in module(wrong=(right, wrong)).problems())


def said_by_terraform(folder: Path) -> set[tuple[str, str]]:
    one = module(folder)
    return {(type, path) for _, type, _, body in one.written() for path in one.paths(body)}


def said_by_bicep(files: list[Path]) -> set[tuple[str, str]]:
    """Without what stands outside the body in Terraform: names, places, identities, order."""
    outside = {"name", "parent", "scope", "location", "dependsOn", "identity", "tags"}
    found = {(type, path) for file in files for type, path in bicep.paths(file)}
    return {(type, path) for type, path in found if path.partition(".")[0] not in outside}


@EACH
def test_terraform_and_bicep_say_the_same(folder: Path) -> None:
    said = said_by_terraform(folder)
    assert said ^ said_by_bicep(SAME[folder]) == set()
    assert ("Microsoft.App/jobs", "properties.template.containers.volumeMounts.mountPath") in said


def test_the_example_of_the_page_gives_what_the_module_takes() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```hcl\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (called,) = plain(hcl2.loads(example))["module"]
    given = set(called["private_endpoint_dns"]) - {"source"}
    blocks = re.findall(r'^variable "(\w+)" \{(.*?)^\}', module().text, re.MULTILINE | re.DOTALL)
    needed = {name for name, text in blocks if "default" not in text}
    assert needed <= given <= {name for name, _ in blocks}


def test_files_that_are_loaded_are_there() -> None:
    loaded = re.findall(r'file\("\$\{path\.module\}/([^"]+)"\)', module().text)
    assert len(loaded) == 6
    assert all((MODULE / name).is_file() for name in loaded)


@pytest.mark.skipif(not shutil.which("terraform"), reason="no terraform here; the parser reads the files all the same")
def test_terraform_itself_reads_and_formats_the_files() -> None:
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", "-recursive", MODULE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
