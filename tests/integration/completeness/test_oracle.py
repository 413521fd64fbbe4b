"""A check flags what a slow and obvious one flags, on seeded catalogs, for every rule, with and without masks."""

import pytest

from tests.integration.planning.test_contract import exclusions, note
from tests.support import completeness_oracle
from tests.support.rule_files import RULES, write_rules
from tests.support.workspace import Workspace, seeded_catalog

FLAGS = {"input_mismatch", "missing_output", "low_output_events"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_rule_equals_brute_force(workspace: Workspace, seed: int) -> None:
    catalog = completeness_oracle.with_events(seeded_catalog(seed), seed)
    workspace.load(catalog)
    workspace.sql("UPDATE datasets SET lastevent = events", role="filecatalog")
    masks, invalid = exclusions(catalog, seed) if seed > 1 else ([], [])
    note(workspace, masks, invalid)
    file = write_rules(workspace.folder / "rules")
    runs = [run.runnumber for run in catalog.runs]
    span, met, units = range(min(runs), max(runs) + 1), set(), 0
    for name in RULES:
        count, lines = completeness_oracle.flagged(catalog, file, name, span, 0.95, masks=masks, invalid=invalid)
        words = ("check", "-c", file, "-r", name, "--runs", span[0], span[-1])
        assert workspace.run(*words, "--report", "flagged").out.splitlines() == lines, name
        found = workspace.run(*words, "--format", "json").data
        assert (found["units"], found["units_complete"]) == (count, count - len(lines)), name
        met |= {reason for line in lines for reason in line.split()[2].split(",")}
        units += count
    assert units > 100
    assert seed > 1 or met == FLAGS
