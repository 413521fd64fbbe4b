"""The word of a prompt: which configuration is meant, what is said, and what is loaded for it."""

import subprocess
import sys
from pathlib import Path

import pytest

from prodcli.live.prompt_word import answer, asked, line_of_place, read_lines, word_of

NOW = 1_000_000
LINE = ("/w/prodcli.yaml", NOW - 60, 142, 81, 1)


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("plain", "held 142 failed 81 silent 1"),
        ("terminal", "\x1b[35mheld 142\x1b[0m \x1b[31mfailed 81\x1b[0m \x1b[1;31msilent 1\x1b[0m"),
        ("bash", "\x01\x1b[35m\x02held 142\x01\x1b[0m\x02 \x01\x1b[31m\x02failed 81\x01\x1b[0m\x02 "
         "\x01\x1b[1;31m\x02silent 1\x01\x1b[0m\x02"),
        ("zsh", "%{\x1b[35m%}held 142%{\x1b[0m%} %{\x1b[31m%}failed 81%{\x1b[0m%} %{\x1b[1;31m%}silent 1%{\x1b[0m%}"),
        ("tmux", "#[fg=magenta]held 142#[default] #[fg=red]failed 81#[default] #[fg=red,bold]silent 1#[default]"),
    ],
)  # fmt: skip
def test_each_program_gets_its_colours(target: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert word_of(LINE, target, NOW) == word


def test_what_is_well_old_or_unknown_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert word_of(("/w/prodcli.yaml", NOW, 0, 0, 0), "plain", NOW) == "ok"
    assert word_of(("/w/prodcli.yaml", NOW - 7300, 0, 3, 0), "plain", NOW) == "failed 3 2h old"
    assert word_of(None, "plain", NOW) == ""
    monkeypatch.setenv("NO_COLOR", "1")
    assert word_of(LINE, "bash", NOW) == "held 142 failed 81 silent 1"


def test_the_line_is_that_of_the_configuration_that_a_command_would_find(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        (path, NOW, 1, 0, 0)
        for path in ("/w/prodcli.yaml", "/w/deep/prodcli.yaml", "/home/me/.config/prodcli/prodcli.yaml")
    ]
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("PRODCLI_SITE", raising=False)
    monkeypatch.setenv("HOME", "/home/me")

    def found(place: str) -> str | None:
        monkeypatch.setenv("PWD", place)
        line = line_of_place(lines)
        return None if line is None else line[0]

    assert found("/w/x") == "/w/prodcli.yaml"
    assert found("/w/deep/y") == "/w/deep/prodcli.yaml"
    assert found("/wide") == "/home/me/.config/prodcli/prodcli.yaml"
    monkeypatch.setenv("PRODCLI_SITE", "/w/deep")
    assert found("/") == "/w/deep/prodcli.yaml"
    monkeypatch.setenv("PRODCLI_SITE", "/other/prodcli.yaml")
    assert found("/w") is None


@pytest.mark.parametrize("text", ["", "no tabs\n", "a\tb\tc\td\te\n", "\x00\xff"])
def test_a_file_that_is_none_of_ours_says_nothing(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "prodcli").mkdir()
    (tmp_path / "prodcli/prompt").write_text(text, encoding="latin-1")
    assert read_lines() == []
    assert answer("bash")[0] == ""


def test_only_the_options_of_a_prompt_are_answered_at_once() -> None:
    assert asked([]) == ("terminal", 0)
    assert asked(["--for", "zsh", "--renew", "5m"]) == ("zsh", 300)
    for words in (["--for"], ["--for", "fish"], ["--renew", "soon"], ["--refresh"], ["--help"], ["--install", "bash"]):
        assert asked(words) is None


def test_a_prompt_waits_for_next_to_nothing() -> None:
    """No parser, no pattern and no path of ours is loaded: the whole of it takes a few milliseconds."""
    code = "import sys; sys.argv = ['prodcli', 'prompt']; before = {*sys.modules}; from prodcli.__main__ import main; main();"
    code += "print(*sorted({*sys.modules} - before))"
    said = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False, cwd="src")
    loaded = set(said.stdout.split("\n")[-2].split())
    assert {name for name in loaded if name.startswith("prodcli.")} == {
        "prodcli.__main__", "prodcli.live", "prodcli.live.prompt_word",
    }  # fmt: skip
    assert not loaded & {"typing", "re", "pathlib", "dataclasses", "typer", "json", "logging"}
