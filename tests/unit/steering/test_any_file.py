"""Whatever a file holds: it is read, or refused with one line; no rule is lost silently."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from prodcli.errors import ProdError
from prodcli.runs.selection import parse_runs
from prodcli.steering.field_rule import KEYS
from prodcli.steering.read import read_steering
from prodcli.steering.steered_rule import Steering

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["on", "OFF"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
RULE = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), VALUES, max_size=6) | VALUES
WELL = st.fixed_dictionaries(
    {"config": st.just("r.yaml")},
    optional={"runs": st.just(["1 5"]), "submit": st.booleans(), "jobprio": st.integers(-9, 9), "odd": SCALARS},
)


def read(text: str) -> Steering | str:
    """What a file says for the host h, or why the file is refused."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "steer.yaml"
        file.write_text(text, encoding="utf-8", errors="replace")
        try:
            return read_steering(file, "h")
        except ProdError as failure:
            return str(failure)


@given(st.text())
def test_any_text_is_read_or_refused_with_one_line(text: str) -> None:
    said = read(text)
    assert isinstance(said, Steering) or "\n" not in said


@given(st.dictionaries(st.text(min_size=1, max_size=8), RULE | WELL, max_size=5))
def test_each_rule_is_read_or_is_a_problem(rules: dict[str, Any]) -> None:
    rules = {name: rule for name, rule in rules.items() if name != "defaultlocations"}
    said = read(yaml.safe_dump({"h": {"defaultlocations": {"configbase": "/c"}} | rules}, allow_unicode=True))
    assert isinstance(said, Steering), said
    assert len(said.rules) + len(said.problems) == len(rules)
    assert not any("\n" in line for line in (*said.problems, *said.warnings))


@given(st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True), WELL, min_size=1))
def test_rules_that_are_well_are_read_in_order(rules: dict[str, dict[str, Any]]) -> None:
    rules = {name: rule for name, rule in rules.items() if name != "defaultlocations"}
    said = read(yaml.safe_dump({"h": {"defaultlocations": {}} | rules}, sort_keys=False))
    assert isinstance(said, Steering), said
    assert [rule.name for rule in said.rules] == list(rules)
    assert [rule.submit for rule in said.rules] == [rule.get("submit", False) for rule in rules.values()]
    assert len(said.warnings) == sum("odd" in rule for rule in rules.values())


@given(st.lists(st.integers(0, 99_999_999), min_size=1, max_size=5), st.sampled_from([" ", ", ", ",", "  "]))
def test_runs_mean_the_same_however_they_are_parted(runs: list[int], between: str) -> None:
    words = list(map(str, sorted(runs)))
    written = between.join(words)
    meant = parse_runs(words)
    for form in (f"[{written}]", f'"{written}"', yaml.safe_dump(words, default_flow_style=True).strip()):
        said = read(f"h:\n  defaultlocations: {{}}\n  R:\n    config: r\n    runs: {form}\n")
        assert isinstance(said, Steering), said
        assert [rule.runs for rule in said.rules] == [meant]
