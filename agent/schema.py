"""Writes the published JSON Schema of the report; `make generated` runs it, a test holds it current."""

from __future__ import annotations

import json
from pathlib import Path

from agent.report import json_schema

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
