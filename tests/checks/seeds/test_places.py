"""Every test of this folder tells which statement it holds: heading, number, and the statement in our words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PAGES = sorted(path for path in Path(__file__).parent.glob("test_*.py") if path.name != Path(__file__).name)
PLACE = re.compile(r"[A-Z][^:]{4,80}: \S.+[.)]", re.DOTALL)


def statements(path: Path) -> dict[str, str]:
    """The tests of a page and what they say they hold."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {test.name: ast.get_docstring(test) or "" for test in tests}


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_every_test_names_the_place_of_its_statement(path: Path) -> None:
    found = statements(path)
    assert found
    assert [name for name, said in found.items() if not PLACE.fullmatch(said)] == []


def test_the_pages_name_themselves() -> None:
    titles = [ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in PAGES]
    assert [title.partition(":")[0] for title in titles] == [
        "Custom DNS 2021",
        "Dynamic DNS",
        "Endpoints and rulesets",
        "Resolver overview",
    ]
