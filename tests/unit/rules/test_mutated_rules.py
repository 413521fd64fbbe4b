"""Malformed rule files of both dialects: each ends in a clean error or a valid rule, and no query is run.

PRODCLI_FUZZ is the number of files, for `make fuzz`.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from prodcli.db import Database
from prodcli.errors import ProdError
from prodcli.rules.convert import convert
from prodcli.rules.layout import Job, Layout
from prodcli.rules.load import check_rules
from prodcli.rules.query_text import check_queries
from prodcli.rules.view import findings, view
from prodcli.states import NO_ROW
from tests.support.library_rules import sphenix
from tests.support.older_oracle import RULES as OLDER
from tests.support.rule_files import RULES, rule

COUNT = int(os.environ.get("PRODCLI_FUZZ", "300"))
OWN = rule(
    "DST_OWN",
    "ana.1",
    "x",
    "a_b_v001",
    input_query="SELECT runnumber, segment, files FROM t WHERE x = {{ input.intriplet | bind }} {{ run_condition }}",
    input_tables=[{"name": "t", "database": "daq", "query": "select 1"}],
    input_columns=["files"],
    job_values={"colour": "red"},
)
SEEDS = [
    *(yaml.safe_load(text) for text in OLDER.values()),
    {"Own": OWN},
    {"R": RULES["cluster"]},
    {"S": RULES["streaming"]},
]
# What has a meaning somewhere: to YAML, Jinja, SQL, HTCondor, our templates, a shell, or a terminal.
BITS = (
    "{x} {run_condition} {} {0} {a.b} {a[0]} {a!r} {a:>9} {{ }} {{ {% {% if %} {{run}} {# #} $(run) $(x) $INT(run,%09x) $( $$(x)"
    " ; -- /* */ ' '' \" \\ ? :x %s %% $$ $1 -1 0 1e9 99999999999999999999 true null ~ [] {a} v001 ../.. /etc x\x00y \x1b[31m é \ud83d"
).split(" ")
VALUES = st.one_of(
    st.sampled_from(BITS),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.lists(st.sampled_from(BITS), max_size=3),
    st.dictionaries(st.sampled_from(["db", "query", "name", "x y", "outdir"]), st.sampled_from(BITS), max_size=2),
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] * bool(path) + [place for key, value in items for place in places(value, (*path, key))]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A rule file with some of its values, keys or letters changed."""
    data = yaml.safe_load(yaml.safe_dump(draw(st.sampled_from(SEEDS))))
    for _ in range(draw(st.integers(0, 3))):
        known = places(data)
        if not known:
            break
        *above, key = draw(st.sampled_from(known))
        holder = data
        for step in above:
            holder = holder[step]
        how, old = draw(st.sampled_from(["value", "gone", "key", "inside", "inside"])), holder[key]
        if how == "inside" and isinstance(old, str):
            at = draw(st.integers(0, len(old)))
            holder[key] = old[:at] + draw(st.sampled_from(BITS)) + old[at + draw(st.integers(0, 3)) :]
        elif how == "gone":
            del holder[key]
        elif how == "key" and isinstance(holder, dict):
            holder[draw(st.sampled_from([*BITS, "params", "input", "query", "names", "import_tables"]))] = holder.pop(
                key
            )
        else:
            holder[key] = draw(VALUES)
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    if draw(st.booleans()):
        return text
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from([*BITS, ":", "- ", "\n", "\t", "&a ", "*a", "|", "#"])) + text[at + 1 :]


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody connect."""

    def refuse(*_: object) -> None:
        raise AssertionError("a query was about to run")

    monkeypatch.setattr(Database, "_connect", refuse)


@settings(
    max_examples=COUNT,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # a file that fails is small enough as it is
    suppress_health_check=list(HealthCheck),
)
@given(mutated())
def test_a_mutated_file_is_an_error_or_a_rule(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules.yaml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        for lenient in (False, True):
            try:
                checked = check_rules(file, sphenix(), lenient=lenient)
            except ProdError as error:
                assert "\n" not in str(error)
                continue
            for one in findings({file: checked}, deep=False):
                assert one.what, one
            for one in checked:
                assert (one.rule is None) == bool(one.errors)
                if one.rule is not None:
                    _is_usable(one.rule)
            assert isinstance(convert(checked), str)


def _is_usable(loaded: Any) -> None:
    """Whatever loads can be looked at, and gives a job names of one line."""
    check_queries(loaded)
    assert view(loaded)
    layout, columns = Layout(loaded), tuple("x" for _ in loaded.input.columns)
    job = Job(66456, 0, 1, 1, columns=columns)
    assert layout.filename(job).isprintable()
    for key in layout.formats:
        assert layout.value(key, layout.fields(job, NO_ROW)).isprintable(), key
        assert "\n" not in layout.macro(key)
