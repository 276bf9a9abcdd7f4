"""The generated pages are what the code says today."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from markdown_it.token import Token

from agent.cli.group import group
from agent.reference import CATALOGUE_FILE, PAGE_FILE, page_text
from agent.render import catalogue
from checks.catalogue import CATALOGUE
from checks.check import Check

ALL = pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.code)


def test_the_committed_page_is_current() -> None:
    assert PAGE_FILE.read_text(encoding="utf-8") == page_text()


def test_the_committed_catalogue_is_current() -> None:
    assert CATALOGUE_FILE.read_text(encoding="utf-8") == catalogue.page_text()


def test_every_finding_has_one_heading_and_one_row_that_leads_there() -> None:
    """A heading of the code alone gets the code in lower case as its anchor."""
    page = catalogue.page_text()
    codes = sorted(check.code for check in CATALOGUE)
    assert re.findall("^## (.*)$", page, re.MULTILINE) == codes
    assert re.findall(r"^\| \[(\w+)\]", page, re.MULTILINE) == codes
    links = [t.attrGet("href") for t in _tokens(page) if t.type == "link_open"]
    assert links == [f"#{code.lower()}" for code in codes]


@ALL
def test_the_page_and_the_terminal_tell_the_same(check: Check) -> None:
    """Every word of the docstring stands in both, in its order."""
    told = CliRunner().invoke(group, ["catalogue", check.code]).output
    assert told.split("\n\n", 1)[1].split() == check.doc.split()
    shown = catalogue.check_markdown(check).replace("*", "").replace("\\", "").split()
    words = [word.replace("*", "").replace("\\", "") for word in check.doc.split()]
    left = iter(shown)
    assert all(word in left for word in words)


@ALL
def test_a_docstring_makes_no_link_and_no_element(check: Check) -> None:
    kinds = {token.type for token in _tokens(catalogue.check_markdown(check))}
    assert not kinds & {"link_open", "html_inline", "html_block", "image", "heading_open", "code_block"}


def _tokens(text: str) -> list[Token]:
    parser = MarkdownIt("commonmark").enable("table")
    return [inner for token in parser.parse(text) for inner in (token, *(token.children or ()))]
