"""How attempts came about, as values: each property from where it is known."""

import pytest

from prodcli.bisection.origins import Ended, Origins, varying
from prodcli.provenance.stored import Record, StoredCode

CODE = StoredCode("/prod/macros", "git@host:e/macros.git", "main", "c" * 40, "origin/main", (), None, "")
NO_GIT = StoredCode("/prod/loose", "", "", "", "", (), None, "no repository")


def record(*code: StoredCode) -> Record:
    texts = ("r.yaml", "w", "resolved", "f" * 64)
    return Record("p1", 5, "r", "t", *texts, "kit", "1.0", "sphnxpro", "ada", "host", "prodcli submit", None, code)


def ended(**more: object) -> Ended:
    values = {"provenance": "p1", "kit": "k" * 16, "tag": "ana537_2025p010_v001", "mask": "", "memory": 2000}
    return Ended(**{**values, "os": None, "node": None, "first": 100, "failed": 1, "passed": 2, **more})  # type: ignore[arg-type]


def values(origins: Origins, **more: object) -> dict[str, object]:
    (one,) = origins.alike([ended(**more)])
    return dict(one.values)


def test_everything_that_is_known() -> None:
    origins = Origins({"p1": record(CODE)}, {"resolved": {"job.nevents": "5", "params.build": "x"}})
    assert values(origins, os="9.5") == {
        **{"commit macros": "c" * 12, "rule job.nevents": "5", "build": "ana537", "dbtag": "2025p010"},
        **{"kit": "k" * 12, "mask": "none", "memory": 2000, "system": "9.5"},
    }
    assert origins.folders == {"macros": "/prod/macros"}


def test_files_count_where_no_commit_is_known() -> None:
    found = values(Origins({"p1": record(NO_GIT)}, {}))
    assert (found["payload"], "commit macros" in found) == ("f" * 12, False)


def test_jobs_of_other_tools() -> None:
    found = values(Origins({}, {}), provenance=None, kit="", tag="custom", memory=None)
    assert found == {"mask": "none"}


@pytest.mark.parametrize(("first", "system"), [(10, "9.4"), (50, "9.4"), (99, "9.4"), (100, "9.5"), (500, "9.5")])
def test_the_system_of_a_node_at_the_time(first: int, system: str) -> None:
    origins = Origins({}, {}, {"n1": [(50, "9.4"), (100, "9.5")]})
    assert values(origins, node="n1", first=first)["system"] == system
    assert "system" not in values(origins, node="n2", first=first)


def test_keys_that_vary() -> None:
    texts = {"a": {"x": "1", "y": "2"}, "b": {"x": "1", "y": "3"}, "c": {"x": "1"}}
    assert varying(texts) == {"a": {"y": "2"}, "b": {"y": "3"}, "c": {"y": ""}}
