"""Clusters of unknown errors become entries that fit the clusters, and the texts that they stand for."""

from pathlib import Path

import pytest
import yaml

from prodcli.diagnosis.signatures import signature
from prodcli.error_catalog.catalog import ErrorCatalog
from prodcli.error_catalog.entry_form import known_errors
from prodcli.error_catalog.known_error import Category, Symptom
from prodcli.error_catalog.new_entry import Cluster, Naming, entry_text, key_from, pattern_of
from prodcli.error_catalog.own_file import add_entry, entries_with
from prodcli.error_catalog.pattern_speed import slow_patterns
from prodcli.error_catalog.patterns import compiled
from prodcli.error_catalog.read_catalog import file_entries
from prodcli.error_catalog.remedy import Remedy
from prodcli.errors import ConfigError

NAMING = Naming("door-shut", "the door's shut", Category.CODE, Remedy.ASK, "open it: now")
TEXTS = (
    "door 17 of /lustre/prod/a.root at n7.example.org is shut (code=0x3f)",
    "cannot  [open] 3.5 doors? of root://door.example.org//a/b.root; 'give up'",
    "<10.2.3.4:9618> says: Fun4All *** ${HOME} \\d+ ^$ |",
    "PATH is N, says HOST",
    "job 3f2a1b9c-0d4e-11ee-be56-0242ac120002 of v1.2.3.4.5.6 at 10:11:12.345, /a/b:/c/d:/e/f.root: gone.",
    "n1.example.org:n2.example.org:9618 -> n3.example.org. ./x ../y / https://a.example.org/b?c=1,2;3)",
    "x" * 300,
)


def entries(text: str) -> ErrorCatalog:
    """The catalog of an entry in YAML."""
    return ErrorCatalog(tuple(known_errors(yaml.safe_load(text), "here")))


@pytest.mark.parametrize("text", TEXTS)
def test_the_pattern_fits_the_masked_and_the_raw_text(text: str) -> None:
    pattern = compiled(pattern_of(signature(text)))
    assert pattern.search(signature(text))
    assert pattern.search(f"before\n{text}\nafter")
    assert not pattern.search("window 17 is open")


def test_the_patterns_are_quick() -> None:
    texts = [
        *TEXTS,
        "N.N.N.N.N.N.N.N.N door",
        "NaNbNcNdNeNfN door",
        "PATH:PATH:PATH:PATH:PATH door",
        "HOST.HOST door",
    ]
    assert slow_patterns({pattern_of(signature(text)): text for text in texts}) == {}


def test_a_cluster_becomes_an_entry() -> None:
    text = entry_text(NAMING, [Cluster("failed", "exit 1", signature(one)) for one in TEXTS[:2]])
    found = entries(text)
    entry = found.entries[0]
    assert (entry.key, entry.name, entry.category, entry.action) == (
        "door-shut",
        "the door's shut",
        Category.CODE,
        "ask",
    )
    assert entry.advice == "open it: now"
    for one in TEXTS[:2]:
        assert found.known(Symptom("failed", 1, text=one)) is entry
    assert found.known(Symptom("held", text=TEXTS[0])) is None


def test_clusters_without_text_are_known_by_their_codes() -> None:
    bare = [Cluster("failed", "exit 42", ""), Cluster("held", "99/2", ""), Cluster("lost", "", "")]
    found = entries(entry_text(NAMING, bare))
    assert found.known(Symptom("failed", 42)) is not None
    assert found.known(Symptom("failed", 43)) is None
    assert found.known(Symptom("held", hold_code=99, hold_subcode=2)) is not None
    assert found.known(Symptom("lost")) is not None
    mixed = entries(entry_text(NAMING, [Cluster("failed", "exit 1", "door N"), bare[0]]))
    assert mixed.known(Symptom("failed", 1, text="door 5")) is not None
    assert mixed.known(Symptom("failed", 42)) is not None


def test_a_name_gives_a_key() -> None:
    assert key_from("The door's shut (TPC 17)") == "the-door-s-shut-tpc-17"
    assert key_from("é") == ""


def test_an_entry_is_added_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "errors.yaml"
    one, other = (
        entry_text(Naming(key, *("n", Category.DATA, Remedy.ASK, "a")), [Cluster("failed", "exit 1", key)])
        for key in ("one", "other")
    )
    add_entry(file, one)
    file.write_text("# ours\n" + file.read_text().rstrip("\n"))
    assert [entry.key for entry in entries_with(file, other)] == ["one", "other"]
    add_entry(file, other)
    assert file.read_text().startswith("# ours\none:\n")
    assert [entry.key for entry in file_entries(file)] == ["one", "other"]
    before = file.read_text()
    with pytest.raises(ConfigError, match="stands twice"):
        add_entry(file, other)
    assert file.read_text() == before
