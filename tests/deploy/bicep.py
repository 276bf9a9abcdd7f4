"""Reads Bicep with a grammar and tells what Azure would not take: types, versions, properties, words, references."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tree_sitter
import tree_sitter_bicep

from tests.deploy import wire

_LANGUAGE = tree_sitter.Language(tree_sitter_bicep.language())
_OF_THE_LANGUAGE = {"name", "parent", "scope", "dependsOn"}
Node = Any


@dataclass
class File:
    """One file: its tree, and what it declares."""

    path: Path
    source: bytes
    root: Node
    parameters: dict[str, bool] = field(default_factory=dict)
    """Name -> whether it has a default."""
    outputs: set[str] = field(default_factory=set)
    variables: dict[str, Node] = field(default_factory=dict)

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode()

    def at(self, node: Node) -> str:
        return f"{self.path.name}:{node.start_point[0] + 1}"


def read(path: Path) -> File:
    """Parse a file and note its declarations."""
    source = path.read_bytes()
    file = File(path=path, source=source, root=tree_sitter.Parser(_LANGUAGE).parse(source).root_node)
    for node in _all(file.root):
        names = [child for child in node.children if child.type == "identifier"]
        if node.type == "parameter_declaration":
            file.parameters[file.text(names[0])] = any(child.type == "=" for child in node.children)
        elif node.type == "output_declaration":
            file.outputs.add(file.text(names[0]))
        elif node.type == "variable_declaration":
            file.variables[file.text(names[0])] = node.named_children[-1]
    return file


def problems(path: Path) -> list[str]:
    """Everything that is wrong in a file, one line each."""
    file = read(path)
    return [*_syntax(file), *_resources(file), *_modules(file), *_loads(file), *_names(file)]


def resources(file: File) -> Iterator[tuple[Node, str, str, Node, bool]]:
    """Node, type, api-version, body, and whether it is only referred to."""
    for node in _all(file.root):
        if node.type == "resource_declaration":
            spelling = next(child for child in node.children if child.type == "string")
            type, _, version = file.text(spelling).strip("'").partition("@")
            body = next(child for child in _all(node) if child.type == "object")
            yield node, type, version, body, any(child.type == "existing" for child in _all(node))


def _syntax(file: File) -> Iterator[str]:
    for node in _all(file.root):
        if node.type == "ERROR" or node.is_missing:
            yield f"{file.at(node)}: cannot be parsed: {file.text(node)[:60]!r}"


def _resources(file: File) -> Iterator[str]:
    for node, type, version, body, existing in resources(file):
        known = type in wire.MODELS or type in wire.EXISTING
        if not known:
            yield f"{file.at(node)}: {type}: no description of this type is known"
            continue
        if version not in wire.versions(type):
            asked = ", ".join(sorted(wire.versions(type)))
            yield f"{file.at(node)}: {type}@{version}: the SDK asks with {asked}"
        shape = wire.shape_of(type)
        if shape and not existing:
            yield from _body(file, body, shape, type, frozenset(_OF_THE_LANGUAGE))


def _body(file: File, node: Node, shape: wire.Shape, where: str, also: frozenset[str] = frozenset()) -> Iterator[str]:
    """Properties that the shape does not have, and words that it does not know, however deep they stand."""
    match node.type:
        case "object":
            for entry in (child for child in node.children if child.type == "object_property"):
                yield from _property(file, entry, shape, where, also)
        case "array":
            for item in node.named_children:
                yield from _body(file, item, shape, where)
        case "for_statement":
            yield from _body(file, node.child_by_field_name("body"), shape, where)
        case "identifier" if file.text(node) in file.variables:
            yield from _body(file, file.variables[file.text(node)], shape, where)
        case "call_expression" if file.text(node).startswith("concat("):
            for argument in _all(node):
                if argument.type in ("array", "identifier") and argument.parent.type == "arguments":
                    yield from _body(file, argument, shape, where)
        case "ternary_expression":
            for choice in node.named_children[1:]:
                yield from _body(file, choice, shape, where)
        case "string":
            word, words = file.text(node).strip("'"), shape.words()
            if words and "${" not in word and word not in words:
                yield f"{file.at(node)}: {where}: {word!r} is none of {', '.join(sorted(words))}"


def _property(file: File, entry: Node, shape: wire.Shape, where: str, also: frozenset[str]) -> Iterator[str]:
    key, value = entry.named_children[0], entry.named_children[-1]
    name = file.text(key).strip("'")
    if name in also:
        return
    below = shape.child(name)
    if below is None:
        yield f"{file.at(key)}: {where} has no property {name} that may be set; it has {', '.join(shape.names())}"
    else:
        yield from _body(file, value, below, f"{where}.{name}")


def _modules(file: File) -> Iterator[str]:
    """A module is there, gets what it needs and nothing else, and has the outputs that are used."""
    modules: dict[str, File] = {}
    for node in _all(file.root):
        if node.type != "module_declaration":
            continue
        name = file.text(next(child for child in node.children if child.type == "identifier"))
        path = file.path.parent / file.text(next(c for c in node.children if c.type == "string")).strip("'")
        if not path.is_file():
            yield f"{file.at(node)}: there is no {path.name}"
            continue
        modules[name] = read(path)
        given = set(_given(file, node))
        for lacking in sorted(n for n, default in modules[name].parameters.items() if not default and n not in given):
            yield f"{file.at(node)}: {path.name} needs {lacking}"
        for unknown in sorted(given - set(modules[name].parameters)):
            yield f"{file.at(node)}: {path.name} has no parameter {unknown}"
    for used in re.finditer(r"\b(\w+)\.outputs\.(\w+)", file.source.decode()):
        if used[1] not in modules or used[2] not in modules[used[1]].outputs:
            yield f"{file.path.name}: there is no output {used[2]} of {used[1]}"


def _given(file: File, module: Node) -> Iterator[str]:
    for entry in _all(module):
        if entry.type == "object_property" and file.text(entry.named_children[0]) == "params":
            for child in entry.named_children[-1].children:
                if child.type == "object_property":
                    yield file.text(child.named_children[0])


def _loads(file: File) -> Iterator[str]:
    """Files that are loaded are there, and are what they are loaded as."""
    for call in re.finditer(r"load(Json|Text)Content\('([^']+)'\)", file.source.decode()):
        path = file.path.parent / call[2]
        if not path.is_file():
            yield f"{file.path.name}: there is no {call[2]}"
        elif call[1] == "Json":
            json.loads(path.read_text(encoding="utf-8"))


_FUNCTIONS = {
    *(
        "resourceGroup",
        "managementGroup",
        "subscriptionResourceId",
        "guid",
        "uniqueString",
        "take",
        "replace",
        "concat",
    ),
    *("json", "loadJsonContent", "loadTextContent"),
}


def _names(file: File) -> Iterator[str]:
    """Every name that is used is declared, and every parameter and variable that is declared is used."""
    declared: dict[str, Node] = {}
    uses: list[tuple[str, Node]] = []
    for node in _all(file.root):
        if node.type != "identifier":
            continue
        if _declares(node):
            declared[file.text(node)] = node
        elif not _is_key(node) and node.parent.type not in ("output_declaration", "decorator"):
            uses.append((file.text(node), node))
    used = {name for name, _ in uses} | {n[1] for n in re.finditer(r"\b(\w+)\.outputs\.", file.source.decode())}
    for name, node in uses:
        if name not in declared and name not in _FUNCTIONS and not _in_decorator(node):
            yield f"{file.at(node)}: {name} is not declared"
    for name in sorted({*file.parameters, *file.variables} - used):
        yield f"{file.path.name}: {name} is declared and not used"


def _declares(node: Node) -> bool:
    above = node.parent
    if above.type == "for_statement":
        return bool(above.child_by_field_name("initializer") == node)
    return bool(above.type.endswith("_declaration") and above.type != "output_declaration")


def _is_key(node: Node) -> bool:
    return bool(node.parent.type == "object_property" and node.parent.named_children[0] == node)


def _in_decorator(node: Node) -> bool:
    above = node
    while above is not None and above.type not in ("decorator", "decorators"):
        above = above.parent
    return above is not None


def keys(body: Node) -> Iterator[Node]:
    """The names of all properties below a body that are words: what stands in quotes is a key of somebody's own."""
    for node in _all(body):
        if node.type == "object_property" and node.named_children[0].type == "identifier":
            yield node.named_children[0]


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)


def paths(path: Path) -> Iterator[tuple[str, str]]:
    """Type and dotted path of every property that a file sets, through its variables."""
    file = read(path)
    for _, type, _, body, existing in resources(file):
        if not existing:
            yield from ((type, below) for below in _paths(file, body, ""))


def _paths(file: File, node: Node, where: str) -> Iterator[str]:
    if node.type == "object":
        for entry in (child for child in node.children if child.type == "object_property"):
            below = f"{where}.{file.text(entry.named_children[0]).strip(chr(39))}".lstrip(".")
            yield below
            yield from _paths(file, entry.named_children[-1], below)
    elif node.type == "array":
        for item in node.named_children:
            yield from _paths(file, item, where)
    elif node.type == "for_statement":
        yield from _paths(file, node.child_by_field_name("body"), where)
    elif node.type == "identifier" and file.text(node) in file.variables:
        yield from _paths(file, file.variables[file.text(node)], where)
