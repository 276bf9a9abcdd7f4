"""Every hop of many paths, whole: who had the question, what decided, in which words, whose view it was."""

from __future__ import annotations

import pytest

from tests.checks.resolution.whole_paths import CASES, TEXT, lines, rendered


def test_the_text_of_all_paths_is_as_it_was_read_last() -> None:
    """A difference is no fault by itself; it is to be read, and then written anew."""
    assert rendered().split("\n== ") == TEXT.read_text().split("\n== ")


@pytest.mark.parametrize("title", CASES)
def test_a_path_is_the_one_in_the_text(title: str) -> None:
    assert "\n".join(lines(title, CASES[title]())) in TEXT.read_text()
