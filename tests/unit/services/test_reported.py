"""What commands, JSON and tables say of services."""

import pytest

from prodcli.errors import UsageError
from prodcli.services.reported import Reported, from_command, from_json, from_rows
from prodcli.services.states import ServiceState


@pytest.mark.parametrize(
    ("code", "text", "state", "note"),
    [
        (0, "", "up", ""),
        (0, "41 connections\n", "up", ""),
        (0, "OK: 41 connections", "up", "41 connections"),
        (0, "degraded: 3 of 5 replicas", "degraded", "3 of 5 replicas"),
        (1, "", "down", "exit code 1"),
        (2, "\n\nno route to host\nmore", "down", "no route to host"),
        (2, "ok, but", "down", "ok, but"),
        (2, "maintenance until noon", "maintenance", "until noon"),
        (0, "1 replica is left", "up", ""),
        (0, '{"state": "outage", "note": "tape robot"}', "down", "tape robot"),
        (1, '{"state": ', "down", '{"state":'),
        (0, '{"status": "down"}', "up", ""),
        (None, "half an answ", "down", "check-db does not end"),
    ],
)
def test_what_a_command_says(code: int | None, text: str, state: str, note: str) -> None:
    found = from_command("database", code, text, "check-db")
    assert (found.service, found.state, found.note) == ("database", state, note.strip())


def test_json_of_status_pages() -> None:
    said = '{"gpfs": true, "raw": {"state": "partial", "since": "2026-01-31T14:02", "until": 1769900000}, "db": "Operational"}'
    assert from_json(said, "x") == [
        Reported("gpfs", ServiceState.UP),
        Reported("raw", ServiceState.DEGRADED, 1_769_868_120, 1_769_900_000),
        Reported("db", ServiceState.UP),
    ]
    assert from_json('{"service": "db", "state": "down"}', "x") == [Reported("db", ServiceState.DOWN)]


def test_rows_of_a_table() -> None:
    rows = [("db", 3, "down", None), ("fs", 4, "ok", "2026-01-31 14:02:00+00:00")]
    assert from_rows(["SERVICE", "id", "State", "since"], rows, "x") == [
        Reported("db", ServiceState.DOWN),
        Reported("fs", ServiceState.UP, 1_769_868_120),
    ]


def test_a_table_without_states() -> None:
    with pytest.raises(UsageError, match="has no column state"):
        from_rows(["service"], [], "x")
