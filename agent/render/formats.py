"""The formats of `agent check`: each in a module of its own, loaded when it is asked for."""

from __future__ import annotations

from agent.render.wording import Conclusion


def rendered(format_: str, conclusion: Conclusion, *, color: bool | None) -> bytes:
    """A report in one of the formats. `color` is the terminal's: None, as the terminal and NO_COLOR say."""
    match format_:
        case "json":
            from agent.report import to_json

            return to_json(conclusion.report)
        case "sarif":
            from agent.render.sarif import render_sarif

            return render_sarif(conclusion)
        case "junit":
            from agent.render.junit import render_junit

            return render_junit(conclusion)
        case "markdown":
            from agent.render.markdown import render_markdown

            return render_markdown(conclusion).encode()
    from agent.render.terminal import render_report

    return render_report(conclusion.report, conclusion.finished, color=color).encode()
