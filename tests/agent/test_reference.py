"""The page of explained resolutions is what the labs say today."""

from __future__ import annotations

from agent.reference import PAGE_FILE, page_text


def test_the_committed_page_is_current() -> None:
    assert PAGE_FILE.read_text(encoding="utf-8") == page_text()
