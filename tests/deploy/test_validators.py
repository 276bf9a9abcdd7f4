"""Whether what validates deploy/ is here, so that nobody takes its absence for a pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.conftest import NEED_VALIDATORS, collect_ignore


def test_what_needs_the_validators_is_there_and_runs() -> None:
    assert all((Path(__file__).parent / name).is_file() for name in NEED_VALIDATORS)
    if collect_ignore:
        pytest.skip("Bicep, Terraform, queries, manifests and image are validated by `make deploy`")
