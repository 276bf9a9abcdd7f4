"""A comment shows what is wrong, and nothing in it is a link, a mention, an element or a heading."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from agent.render.markdown import render_markdown
from agent.render.markup import code, element_text, fenced, prose, table_code
from agent.render.text import visible
from checks.finding import Level
from tests.agent.render.hostile import FRAGMENTS, concluded, finding_of, hostile, hostile_conclusion, with_findings

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_ACTIVE = {
    *("link_open", "image", "html_inline", "heading_open", "blockquote_open", "hr", "s_open", "em_open", "code_block")
}
_INERT = {"paragraph_open", "inline", "paragraph_close", "strong_open", "strong_close", "text", "text_special"}
_FOUND_LATER = re.compile(r"[@#!~%$][\w-]|://|www\.|:[\w+-]+:|gh-\d|mailto:\w", re.IGNORECASE)
_FOLD = re.compile(r"<details>\n<summary>([^<>]*)</summary>\n?|</details>\n?")


def tokens(text: str) -> list[Token]:
    """Everything that a CommonMark parser sees, the inline tokens behind their blocks."""
    return [inner for token in _PARSER.parse(text) for inner in (token, *(token.children or ()))]


def plain(text: str) -> str:
    """What a reader gets of running text."""
    return "".join(token.content for token in tokens(text) if token.type in ("text", "text_special"))


@given(text=hostile)
@settings(max_examples=400, deadline=None)
def test_running_text_is_one_paragraph_that_reads_as_it_was_written(text: str) -> None:
    written = f"**Why**: {prose(text)}"
    seen = tokens(written)
    assert {token.type for token in seen} <= _INERT
    assert plain(written).replace("\u200b", "").rstrip() == f"Why: {visible(text)}".rstrip()
    assert not _FOUND_LATER.search(plain(written))


@given(text=hostile)
@settings(max_examples=400, deadline=None)
def test_a_code_span_holds_its_text_in_a_paragraph_and_in_a_table(text: str) -> None:
    shown = visible(text).strip() or " "
    (span,) = [token for token in tokens(f"**Where**: {code(text)}") if token.type == "code_inline"]
    assert span.content.strip() == shown.strip()
    table = f"| a | b |\n|---|---|\n| {table_code(text)} | end |"
    (cell,) = [token for token in tokens(table) if token.type == "code_inline"]
    assert cell.content.strip() == shown.strip()
    assert [token.type for token in tokens(table)].count("td_open") == 2


@given(text=hostile)
@settings(max_examples=400, deadline=None)
def test_a_fence_ends_where_we_end_it(text: str) -> None:
    (fence,) = _PARSER.parse(fenced(text))
    assert fence.type == "fence"
    assert fence.info == "text"
    assert fence.content.rstrip("\n") == "\n".join(visible(line) for line in text.split("\n")).rstrip("\n")


@given(text=hostile)
@settings(max_examples=400, deadline=None)
def test_text_in_an_element_stays_there(text: str) -> None:
    shown = element_text(text)
    assert not re.search(r"[<>\n]", shown)
    assert html.unescape(shown).replace("\u200b", "") == visible(text)
    assert not _FOUND_LATER.search(html.unescape(shown))


@given(text=hostile)
@example(text="".join(FRAGMENTS))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_hostile_estate_makes_nothing_in_a_comment(text: str) -> None:
    seen = tokens(render_markdown(hostile_conclusion(text)))
    assert not {token.type for token in seen} & _ACTIVE
    blocks = [token.content for token in seen if token.type == "html_block"]
    assert all(_FOLD.fullmatch(block) for block in blocks), blocks
    assert len(blocks) == 4  # the finding, and what was not evaluated
    assert len([token for token in seen if token.type == "tr_open"]) == 5  # two heads, two workspaces, one finding
    for token in seen:
        if token.type in ("text", "text_special", "html_block"):
            assert not _FOUND_LATER.search(html.unescape(token.content)), token.content


def test_a_comment_stays_below_the_limit_and_says_what_it_left_out() -> None:
    """Errors are told before warnings, whatever the order they were found in."""
    mild = [finding_of("zone-b", number=number, level=Level.WARNING) for number in range(200)]
    bad = [finding_of("zone-a", number=number) for number in range(200, 240)]
    text = render_markdown(concluded(with_findings([*mild, *bad])))
    assert len(text.encode()) < 65_536
    told = re.findall("<summary>(ERROR|WARNING)", text)
    assert told == sorted(told)
    assert told.count("ERROR") == 40
    assert f"{240 - len(told)} findings left without details: the comment would be too long" in text
    assert "190 findings not in this table" in text


@pytest.mark.parametrize("text", ["@" * 5_000, "é`|" * 5_000, "\x00" * 5_000, "<" * 5_000])
def test_no_text_is_long_enough_to_break_the_limit(text: str) -> None:
    findings = [finding_of(text, number=number) for number in range(100)]
    told = render_markdown(concluded(with_findings(findings)))
    assert len(told.encode()) < 65_536
    assert told.startswith("**FAILING**: 100 errors")


def test_what_is_waived_says_so() -> None:
    text = render_markdown(concluded(with_findings([finding_of("zone-a", status="waived")])))
    assert "<summary>ERROR PED202 (waived) Zone zone-a" in text
    assert text.startswith("**HEALTHY**")


def test_what_is_waived_stands_below_what_counts() -> None:
    waived = finding_of("zone-a", status="waived")
    warning = finding_of("zone-b", number=1, level=Level.WARNING)
    text = render_markdown(concluded(with_findings([waived, warning])))
    assert text.startswith("**DEGRADED**")
    assert re.findall(r"^\| (\w+) \| PED202 .* (\w+) \|$", text, re.MULTILINE) == [
        ("warning", "new"),
        ("error", "waived"),
    ]


def test_a_command_is_whole_or_not_there() -> None:
    """Half a command is worse than none."""
    finding = finding_of("zone-a")
    for command, shown in (("az " + "x" * 3_000, True), ("az " + "x" * 5_000, False)):
        repairs = (replace(finding.violation.repairs[0], command=command),)
        violation = replace(finding.violation, repairs=repairs)
        text = render_markdown(concluded(with_findings([replace(finding, violation=violation)])))
        assert (f"```sh\n{command}\n```" in text) is shown
        assert ("too long for a comment" in text) is not shown
        assert "xxx" not in text or shown
