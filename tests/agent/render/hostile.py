"""Text as somebody would write it who wants a report to do something else than report, and runs that are full of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from hypothesis import strategies as st

from agent.exit_code import exit_code
from agent.render.wording import Conclusion
from agent.report import WorkspaceShape
from agent.run import Run, report
from checks.finding import Finding, Level, Occurrence, Proof, Repair, Status, Violation, fingerprint
from checks.resolution.path import Thing
from checks.unjudged import NotEvaluated
from collectors.graph.declared import DeclaredServer
from collectors.graph.documents import Gap, Reason, ServerChange
from collectors.graph.ids import Fqdn
from tests.agent.lab_runs import run_lab

FRAGMENTS = (
    *(
        "@octocat",
        "@org/team",
        "#123",
        "GH-1",
        "owner/name#1",
        "!7",
        "~label",
        "%3",
        ":smile:",
        "$x$",
        "user@a.example",
    ),
    *("[x](http://evil.example)", "![i](http://evil.example/i)", "[a](1)", "{0}", "http://evil.example", "https://"),
    *("www.evil.example", "mailto:a@b.example", "<http://evil.example>", "[r]: http://evil.example", "javascript:x"),
    *("<img src=x onerror=alert(1)>", "</details>", "</summary>", "<!--", "-->", "<script>", "]]>", "&lt;", "<b"),
    *(
        "&#64;x",
        "`",
        "``",
        "```",
        "````",
        "~~~",
        "\n```\n",
        "|",
        "\\|",
        "\\",
        "\\\\",
        "\n",
        "\r\n",
        "\n\n",
        "\n# head\n",
    ),
    *("\n* item\n", "\n> quote\n", "\n---\n", "\n    code\n", "\n1. one\n", "**bold**", "_em_", "~~gone~~", "\t", " "),
    *("\x00", "\x1b[31m", "\x85", "\u2028", "\u202e", "\u200b", "\ud800", "\ufffe", "\uffff", "\U000e0001", "é", "名"),
)
hostile = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), max_size=6).map("".join)
"""Fragments, and text by chance between them."""


@cache
def healthy() -> Run:
    """A finished run in which nothing is wrong."""
    return run_lab("hub-spoke").finished


def concluded(finished: Run, *, level: Level = Level.NOTE, fail_on: str = "error", file: str = "") -> Conclusion:
    """A run as `agent check` hands it to a format."""
    return Conclusion(
        report=report(finished, level),
        finished=finished,
        exit_code=exit_code(finished.judgement, fail_on=fail_on, strict=False),
        fail_on=fail_on,
        file=file,
    )


def with_findings(findings: Sequence[Finding]) -> Run:
    """The healthy run, had it found these."""
    finished = healthy()
    return replace(finished, judgement=replace(finished.judgement, findings=tuple(findings)))


def finding_of(text: str, *, number: int = 0, level: Level = Level.ERROR, status: Status = "new") -> Finding:
    """A finding in which every text that comes from outside is this one."""
    subject = Thing(f"/subscriptions/{number}/{text}", "zone", text)
    line = Occurrence(client=f"/networks/{text}", name=Fqdn(text), type="A", view=text, vantage=text, expected=(text,))
    server = DeclaredServer(address="10.0.0.4", network="vnet-hub")
    change = ServerChange(id="server:10.0.0.4@vnet-hub", before=None, after=server)
    return Finding(
        code="PED202",
        slug="zone-not-linked",
        level=level,
        status=status,
        violation=Violation(
            subject=subject,
            discriminator=str(number),
            text=f"Zone {text} is not linked",
            cause=f"Nobody linked {text}",
            related=(subject,),
            repairs=(Repair(change=change, text=f"link {text}", command=f"az link {text}"),),
            touches=tuple(workspace.id.text for workspace in healthy().context.required.workspaces),
        ),
        occurrences=(line,),
        proofs=(Proof(kind="document", text=text, vantage=text),),
        fingerprint=fingerprint("PED202", subject.id.encode(errors="replace").decode(), str(number)),
    )


def hostile_conclusion(text: str) -> Conclusion:
    """A run with one hostile finding, workspace, undetermined name and gap that hides a name."""
    finished = with_findings([finding_of(text)])
    gap = Gap(kind=text, scope=text, reason=Reason.FORBIDDEN, detail=text, action=text)
    unread = NotEvaluated(code=None, level=Level.ERROR, subject=Thing(f"dns:{text}", "name", text), because=(gap,))
    judgement = replace(finished.judgement, not_evaluated=(unread,), gaps=(gap,), undetermined=(Fqdn(text),))
    made = concluded(replace(finished, judgement=judgement), file=_path_of(text))
    made.report.workspaces.append(WorkspaceShape(id=f"/workspaces/{text}", verdict="failing"))
    return made


def _path_of(text: str) -> str:
    """The text as far as a path can hold it."""
    return text.encode(errors="ignore").decode().replace("\0", "")
