"""YAML files: whatever is wrong with one is one line that names it."""

from pathlib import Path

import pytest

from prodcli.config.yaml_files import read_yaml
from prodcli.errors import RuleError

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a: 1\na: 2\n", "line 2: not valid YAML: the key 'a' stands twice"),
        ("a:\n  b: 1\n  'b': 2\n", "line 3: not valid YAML: the key 'b' stands twice"),
        ("a:\n\tb: 1\n", "line 2: not valid YAML: found character"),
        ("a: [1, 2\n", "not valid YAML"),
        ("a: 'x\n", "not valid YAML"),
        ("a: b: c\n", "line 1: not valid YAML"),
        ("a: *nobody\n", "undefined alias"),
        ("a: !!python/object:os.system x\n", "could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("a: !!float 1.10\n", "line 1: not valid YAML: could not determine a constructor"),
        ("a: !!int 0x10\n", "a whole number in plain decimal digits is wanted, not '0x10' .line 1"),
        ("a: 1\n~: b\n", "line 2: not valid YAML: a key is missing, or is ~ or null"),
        ("a: &a {<<: {x: 1, x: 2}}\n", "line 1: not valid YAML: the key 'x' stands twice"),
        ("a: &a {<<: {[x]: 2}}\n", "a key is a word"),
        ("a: !!int ''\n", "not valid YAML"),
        ("a: !!bool x\n", "not valid YAML"),
        ("a: !!timestamp x\n", "not valid YAML"),
        ("? [1, 2]\n: x\n", "a key is a word"),
        ("? {b: 1}\n: x\n", "a key is a word"),
        ("a: &a [*a]\n", "aliases that never end"),
        ("a: &a {b: *a}\n", "aliases that never end"),
        ("a: &a {<<: *a}\n", "aliases that never end"),
        (LAUGHS, "aliases that never end, or too many values"),
        (MERGES, "aliases that never end, or too many values"),
        ("[" * 100_000, "not valid YAML: (nested too deeply|exceeded maximum nesting depth)"),
        ("- " * 100_000, "not valid YAML: (nested too deeply|exceeded maximum nesting depth)"),
        ("{a: " * 100_000, "not valid YAML: (nested too deeply|exceeded maximum nesting depth)"),
        ("- a\n- b\n", "must hold a mapping of names"),
        ("just words\n", "must hold a mapping of names"),
        ("", "must hold a mapping of names"),
        ("a: \0\n", "not valid YAML"),
        ("a: \x07\n", "not valid YAML"),
    ],
)
def test_what_is_no_mapping_is_one_line(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(content)
    with pytest.raises(RuleError, match=f"^{file}.*{says}") as caught:
        read_yaml(file, RuleError)
    assert len(str(caught.value)) < 400


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for path, says in (
        (tmp_path / "nobody", "the file does not exist"),
        (tmp_path, "this is a folder"),
        (tmp_path / ("x" * 5000), "File name too long"),
        (tmp_path / "binary", "it is not UTF-8 text"),
    ):
        if path.name == "binary":
            path.write_bytes(bytes(range(256)))
        with pytest.raises(RuleError, match=says):
            read_yaml(path, RuleError)


def test_words_stay_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_bytes(
        b"\xef\xbb\xbfno: [yes, off, 1.10, 2024_001, 1:30, 0x10, 0o17, 1e5, .inf, 2025-13-45, =, '010']\n2025: ~\n"
    )
    assert read_yaml(file, RuleError) == {
        "no": ["yes", "off", "1.10", "2024_001", "1:30", "0x10", "0o17", "1e5", ".inf", "2025-13-45", "=", "010"],
        "2025": None,
    }


def test_numbers_are_decimal_and_remember_their_digits(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("a: [010, 00066456, -5, +7, 0]\n")
    found = read_yaml(file, RuleError)["a"]
    assert found == [10, 66456, -5, 7, 0]
    assert [str(number) for number in found] == ["010", "00066456", "-5", "+7", "0"]


def test_what_is_merged_may_be_overridden_at_every_depth(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        "base: &base {x: 1, y: 2, z: 3}\nfirst: {<<: &mid {<<: *base, y: 4}, z: 5}\nmid: *mid\n"
        "last: {<<: [{<<: *mid, x: 6}, *base]}\n"
    )
    assert read_yaml(file, RuleError) == {
        "base": {"x": 1, "y": 2, "z": 3},
        "first": {"x": 1, "y": 4, "z": 5},
        "mid": {"x": 1, "y": 4, "z": 3},
        "last": {"x": 6, "y": 4, "z": 3},
    }


def test_anchors_and_merges_are_read_as_meant(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("base: &base {x: 1, y: 2}\nmine:\n  <<: *base\n  y: 3\nlist: [*base, *base]\n")
    assert read_yaml(file, RuleError) == {
        "base": {"x": 1, "y": 2},
        "mine": {"x": 1, "y": 3},
        "list": [{"x": 1, "y": 2}, {"x": 1, "y": 2}],
    }


def test_a_file_without_end_is_one_line() -> None:
    with pytest.raises(RuleError, match="^/dev/zero: the file cannot be read: it is larger than 10 MB$"):
        read_yaml(Path("/dev/zero"), RuleError)
