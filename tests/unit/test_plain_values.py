"""What people type stays what they typed, and numbers are decimal."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodcli.config.settings import load_config
from prodcli.errors import ConfigError, RuleError
from prodcli.plain_values import Word, plain, whole_number
from prodcli.rules.convert import convert
from prodcli.rules.load import check_rules, load_rule
from prodcli.rules.model import Rule
from tests.support.library_rules import sphenix

NULLS = ("null", "Null", "NULL", "~", "")
# what YAML 1.1 takes for numbers, times, switches and dates
GUESSES = (
    "010",
    "0o17",
    "0x1F",
    "0b11",
    "1_0",
    "1.10",
    "1e5",
    "1e+5",
    ".5",
    "2025-01-01",
    "on",
    "No",
    "y",
)
RULE = """\
Rule:
  params: {{dsttype: DST_STREAMING_EVENT, period: run3auau, build: {build}, dbtag: {word}, version: {number},
           physicsmode: {word}}}
  input: {{cut_segment: {number}}}
  job: {{script: run.sh, neventsper: {number}, request_memory: 2 GB, comment: {word}, getenv: {word},
        universe: {word}, requirements: {word}}}
"""
OLDER = """\
Rule:
  params: {{name: DST_X_run3auau, build: {build}, dbtag: {word}, version: {number}, logbase: "DST_X_$(build)-$INT(run,%08i)-$INT(seg,%05i)",
           outbase: DST_X_run3auau_$(build)_$(tag)_$(version), script: run.sh, rsync: {word}, neventsper: {number}}}
  input: {{db: fc, query: "SELECT 'a' AS source, runnumber, segment, files FROM t WHERE 1=1 {{run_condition}}"}}
  job: {{arguments: "{{rsync}} {{buildarg}}", comment: {word}}}
"""


def loaded(folder: Path, text: str, **words: str) -> Rule:
    """A rule with some words in it."""
    file = folder / "rules.yaml"
    file.write_text(text.format(**{"build": "ana.537", "word": "x", "number": "1"} | words))
    return load_rule(file, None, sphenix())


def words_of(rule: Rule) -> set[str]:
    """What became of a word that was written everywhere."""
    older = rule.params.names is not None
    own = {rule.job.values["rsync"]} if older else {rule.params.physicsmode, rule.job.getenv, rule.job.universe}
    return own | {rule.params.dbtag, rule.job.comment} | (set() if older else {rule.job.requirements})


@given(word=st.from_regex(r"[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,11}", fullmatch=True) | st.sampled_from(GUESSES))
def test_any_word_comes_out_as_it_was_typed(tmp_path_factory: pytest.TempPathFactory, word: str) -> None:
    if word in (*NULLS, ".", ".."):
        return
    folder = tmp_path_factory.getbasetemp()
    for text in (RULE, OLDER):
        rule = loaded(folder, text, word=word, build=f"ana.{word}")
        assert words_of(rule) == {word}
        assert rule.params.build == f"ana.{word}"
        again = folder / "again.yaml"
        again.write_text(convert(check_rules(folder / "rules.yaml", sphenix())))
        assert words_of(load_rule(again, None, sphenix())) == {word}


@given(number=st.integers(1, 2**31 - 1), zeros=st.integers(0, 5))
def test_any_number_is_decimal(tmp_path_factory: pytest.TempPathFactory, number: int, zeros: int) -> None:
    for text in (RULE, OLDER):
        rule = loaded(tmp_path_factory.getbasetemp(), text, number="0" * zeros + str(number))
        assert (rule.params.version, rule.job.neventsper) == (number, number)


@pytest.mark.parametrize("number", ["0o17", "0x1F", "0b11", "1_0", "1.0", "1e5", "1:30", "2025-01-01", "true", "yes"])
def test_no_other_notation_is_a_number(tmp_path: Path, number: str) -> None:
    with pytest.raises(RuleError, match=rf"a whole number .* not '{number}' \(line 2\)"):
        loaded(tmp_path, RULE, number=number)
    with pytest.raises(RuleError, match=rf"neventsper: a whole number .* not '{number}' \(line 3\)"):
        loaded(tmp_path, OLDER.replace("version: {number}", "version: 1"), number=number)
    with pytest.raises(ValueError, match="a whole number"):
        whole_number(number)


@pytest.mark.parametrize("word", NULLS)
def test_null_is_no_word(tmp_path: Path, word: str) -> None:
    with pytest.raises(RuleError, match=r"line \d: rule Rule: params\.dbtag: nothing, ~ and null are no word"):
        loaded(tmp_path, RULE, word=word)


@pytest.mark.parametrize("size", ["0x10", "1_000", "1:30", "2_0 GB", "1e3", "yes"])
def test_sizes_are_decimal(tmp_path: Path, size: str) -> None:
    with pytest.raises(RuleError, match=r"rules\.yaml, line \d: rule Rule: job\.request_memory: .* is not a size"):
        loaded(tmp_path, RULE.replace("2 GB", size))
    assert loaded(tmp_path, RULE.replace("2 GB", "02048")).job.request_memory == (2048,)


def test_a_rule_is_called_as_it_is_written(tmp_path: Path) -> None:
    for name in ("no", "2025", "010", "1_0"):
        assert loaded(tmp_path, RULE.replace("Rule:", f"{name}:")).name == name


def test_a_configuration_keeps_words_and_reads_decimal_numbers(tmp_path: Path) -> None:
    file = tmp_path / "prodcli.yaml"
    file.write_text(
        "campaigns: 2024_001\nlogs: 010\nlost_grace: 0600\nbatch: {schedds: [010, no], queue: 1.10}\n"
        "databases: {production: 2025-01-01}\nselectors: {mine: {file: 010}}\n"
        "site: {default_runs: [00066456, 00070000], prodmode: 1e5, trigger_host: gl1daq, file_host: off}\n"
    )
    config = load_config(file, tmp_path)
    got = [config.get(key) for key in ("campaigns", "logs", "batch.schedds", "batch.queue", "databases.production")]
    assert got == ["2024_001", "010", ["010", "no"], "1.10", "2025-01-01"]
    assert (config.get("lost_grace"), config.site.default_runs) == (600, (66456, 70000))
    assert (config.site.prodmode, config.site.file_host) == ("1e5", "off")
    assert config.selectors["mine"].values == {"file": "010"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("profile: sphenix\nlost_grace: 1_0\n", r"lost_grace must be .* not '1_0' \(line 2\)"),
        ("sweep_every: 1:30\n", r"sweep_every must be .* not '1:30' \(line 1\)"),
        ("site:\n  default_runs: [0x10, 5]\n", r"default_runs.* not '0x10' \(line 2\)"),
        ("site: {auto_mask: {max_hosts: 1e1}}\n", r"auto_mask.* not '1e1' \(line 1\)"),
        ("site: {prodmode: ~}\n", "prodmode: None must be a word"),
        ("site: {kit: [~]}\n", "kit: None must be a word"),
    ],
)
def test_a_wrong_number_of_a_configuration_has_its_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "prodcli.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=says):
        _ = load_config(file, tmp_path).site


def test_a_word_remembers_its_line() -> None:
    word = plain("a", 7)
    assert isinstance(word, Word)
    assert word.line == 7
