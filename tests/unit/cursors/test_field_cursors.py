"""Rows of another tool's cursors, and the rules that they are about."""

from typing import Any

import pytest

from prodcli.cursors.field_cursors import FieldCursor, run_of
from tests.support.library_rules import load

ROW: dict[str, Any] = {
    "dsttype": "DST_TRKR_CLUSTER",
    "build": "ana537",
    "dbtag": "2025p010",
    "version": 1,
    "run": 69600,
}


@pytest.mark.parametrize("change", [{}, {"build": "ana.537"}, {"dsttype": "DST_TRKR_CLUSTER_run3auau"}], ids=str)
def test_a_row_is_about_what_the_rule_makes(change: dict[str, Any]) -> None:
    assert FieldCursor(**ROW | change).is_of(load("cluster"))


@pytest.mark.parametrize(
    "change",
    [
        {"build": "ana538"},
        {"dbtag": "2025p011"},
        {"version": 2},
        {"version": None},
        {"dsttype": "DST_TRKR_CLUSTER_run3pp"},
        {"dsttype": "DST_TRKR_SEED"},
    ],
    ids=str,
)
def test_other_rows_are_not(change: dict[str, Any]) -> None:
    assert not FieldCursor(**ROW | change).is_of(load("cluster"))


def test_the_name_of_the_older_dialect_has_the_period_and_a_place_for_the_host() -> None:
    names = {
        "tag": "ana537_2025p010",
        "leafdir": "DST_TRKR_CLUSTER_{host}",
        "dsttype": "{leafdir}_run3auau",
        "dataset": "ana537_2025p010",
        "outbase": "{leafdir}_run3auau_ana537_2025p010",
        "logbase": "{outbase}-{run8}-{seg5}",
    }
    query = "SELECT runnumber, segment, filename AS files, 'x' AS host FROM datasets"
    older = load("cluster", params_names=names, input_query=query, input_columns=["host"], input_intriplet=None)
    assert FieldCursor(**ROW | {"dsttype": "DST_TRKR_CLUSTER__X__run3auau"}).is_of(older)
    assert not FieldCursor(**ROW).is_of(older)


def test_the_furthest_of_several_rows_counts() -> None:
    rows = [FieldCursor(**ROW | {"run": run}) for run in (69600, 69700, 69650)]
    assert run_of(load("cluster"), rows) == 69700
    assert run_of(load("seed"), rows) is None
