"""The symptom table, as cells: what a client sees of each break behind each kind of custom server."""

from __future__ import annotations

from tests.real.symptoms.cell import Cell
from tests.real.symptoms.rows_of_faults import fault_rows
from tests.real.symptoms.rows_of_forwarders import forwarder_rows
from tests.real.symptoms.rows_of_own_data import own_data_rows
from tests.real.symptoms.rows_of_policy import policy_rows
from tests.real.symptoms.rows_of_records import record_rows
from tests.real.symptoms.rows_of_validation import validation_rows

CELLS: tuple[Cell, ...] = (
    *record_rows(),
    *fault_rows(),
    *forwarder_rows(),
    *policy_rows(),
    *own_data_rows(),
    *validation_rows(),
)
