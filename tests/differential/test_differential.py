"""The model against real servers on random estates: CI's share of `python -m tests.differential`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from checks.resolution import traits
from checks.resolution.traits import Following
from tests.differential.__main__ import main
from tests.differential.estates import KINDS, MOST_SLOTS, random_estate

FIXED = 1_000
"""The seed of the estates that are always compared; a fresh one, printed, is taken beside it."""


WANTED = ("fallback", "ruleset chain", "wildcard", "parent and child zones", "missing record", *KINDS)


@pytest.mark.real_servers
@pytest.mark.parametrize("seed", [["--seed", str(FIXED)], []], ids=["fixed", "fresh"])
def test_the_model_agrees_with_real_servers(seed: list[str], servers: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Every question of thirty estates: response code, chain and addresses. Every kind of server is among them."""
    result = main(["--cases", "30", *seed])
    said = capsys.readouterr().out
    assert result == 0, said
    assert [feature for feature in WANTED if feature not in said.partition("estates done")[2]] == []


@pytest.mark.real_servers
def test_a_trait_that_is_planted_wrongly_is_found(
    servers: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that thinks that Unbound trusts whole answers disagrees, and the program says so and exits with 1."""
    wrong = replace(traits._MEASURED["unbound"], follows=Following.WHOLE, iterates_anew=False)
    monkeypatch.setattr(traits, "_MEASURED", {**traits._MEASURED, "unbound": wrong})
    assert main(["--cases", "8", "--seed", str(FIXED)]) == 1
    assert "DISAGREEMENT" in capsys.readouterr().out


LEARNED = {
    70000701: "a BIND behind a rule fails as a whole, though the view itself could answer for the target of the alias",
    60000526: "a dnsmasq that holds another type of the alias stands behind Azure DNS, which follows the alias itself",
    80001409: "a dnsmasq that holds another type of the name stands before Azure DNS, and denies nothing",
}
"""Estates in which a run once disagreed, and what was learned from them."""


@pytest.mark.real_servers
@pytest.mark.parametrize("seed", LEARNED)
def test_what_was_learned_is_kept(seed: int, servers: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cases", "1", "--seed", str(seed)]) == 0, capsys.readouterr().out


@pytest.mark.real_servers
def test_a_run_goes_on_where_it_was_ended(servers: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two estates, one at a time, are the same as two at once."""
    file = tmp_path / "run.json"
    main(["--cases", "1", "--seed", "7", "--resume", str(file)])
    main(["--cases", "2", "--resume", str(file)])
    resumed = capsys.readouterr().out.partition("2 estates")[2]
    main(["--cases", "2", "--seed", "7"])
    assert capsys.readouterr().out.partition("2 estates")[2] == resumed


def test_an_estate_is_the_same_for_its_seed() -> None:
    assert random_estate(5, 3) == random_estate(5, 3)
    assert random_estate(5, 3) != random_estate(6, 3)


def test_estates_of_different_slots_share_no_address() -> None:
    first, last = (_prefixes(slot) for slot in (0, MOST_SLOTS - 1))
    assert not first & last
    with pytest.raises(ValueError, match="slot"):
        random_estate(1, MOST_SLOTS)


def test_what_configures_the_servers_knows_nothing_of_the_model() -> None:
    """Only the comparison imports the model."""
    modules = ["estates", "internet", "configuration", "servers", "inside"]
    script = (
        "".join(f"import tests.differential.{name}\n" for name in modules)
        + "import tests.real.front, tests.real.kinds\n"
    )
    script += "import sys\nassert not [name for name in sys.modules if name.partition('.')[0] == 'checks']"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


ROOT = Path(__file__).parents[2]


def _prefixes(slot: int) -> set[str]:
    documents = random_estate(1, slot).documents
    bodies = [document.body["properties"] for document in documents if document.kind == "virtual-network"]
    return {prefix for body in bodies for prefix in body["addressSpace"]["addressPrefixes"]}
