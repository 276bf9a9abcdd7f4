"""What needs the validators runs in their environment only: `make deploy` makes it, and leaves nothing out."""

from __future__ import annotations

import os
from importlib.util import find_spec

NEED_VALIDATORS = ["test_bicep.py", "test_queries.py", "test_terraform.py", "test_manifests.py", "test_image.py"]
_THERE = find_spec("tree_sitter_bicep") is not None

if os.environ.get("REQUIRE_VALIDATORS") and not _THERE:
    raise RuntimeError("the validators of deploy/ are not installed here: make deploy installs them")

collect_ignore = [] if _THERE else NEED_VALIDATORS
