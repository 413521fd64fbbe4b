"""The word for a shell's prompt, from a file of a few lines: it imports next to nothing, as a prompt must not wait.

The file has a line for each configuration: its path, when the books were read, and what is wrong in them.
"""

from __future__ import annotations

import os
import sys
import time

_COLOURS = {"held": "35", "failed": "31", "silent": "1;31", "ok": "32", "old": "2"}
_TMUX = {"held": "fg=magenta", "failed": "fg=red", "silent": "fg=red,bold", "ok": "fg=green", "old": "dim"}
_OLD = 1800  # seconds after which figures are called old
_RENEWS = 60  # seconds in which the books are read at most once
TARGETS = ("terminal", "bash", "zsh", "tmux", "plain")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def cache_file() -> str:
    """The file of this account."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", ""), ".cache")
    return os.path.join(caches, "prodcli", "prompt")


def asked(words: list[str]) -> tuple[str, int] | None:
    """The target of the word, and the age in seconds above which the books are read; None for options that need more."""
    said = dict(zip(words[::2], words[1::2], strict=False))
    target, renew = said.get("--for", "terminal"), _seconds(said.get("--renew", "0s"))
    if len(words) % 2 or not said.keys() <= {"--for", "--renew"} or target not in TARGETS or renew is None:
        return None
    return target, renew


def answer(target: str) -> tuple[str, int]:
    """The word for here, and its age in seconds; empty if nothing is known."""
    line, now = line_of_place(read_lines()), int(time.time())
    end = "\n" if target in ("terminal", "plain") else ""
    return word_of(line, target, now) + end, now - line[1] if line else now


def read_lines() -> list[tuple[str, int, int, int, int]]:
    """Path, time in seconds since 1970, held and failed jobs, and silent loops; nothing for a file that is none of ours."""
    try:
        with open(cache_file(), encoding="utf-8") as file:
            parts = [line.rstrip("\n").rsplit("\t", 4) for line in file]
        return [(path, int(when), int(held), int(failed), int(silent)) for path, when, held, failed, silent in parts]
    except (OSError, ValueError):
        return []


def line_of_place(lines: list[tuple[str, int, int, int, int]]) -> tuple[str, int, int, int, int] | None:
    """The line of the configuration that a command here would find: named, upward, or that of the account or the host."""
    site = os.environ.get("PRODCLI_SITE")
    if site:
        named = {os.path.abspath(site), os.path.join(os.path.abspath(site), "prodcli.yaml")}
        return next((line for line in lines if line[0] in named), None)
    here = os.environ.get("PWD") or os.getcwd()
    upward = [line for line in lines if f"{here}/".startswith(os.path.dirname(line[0]).rstrip("/") + "/")]
    if upward:
        return max(upward, key=lambda line: len(line[0]))
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.environ.get("HOME", ""), ".config")
    own = (os.path.join(config, "prodcli"), "/etc/prodcli")
    return next((line for folder in own for line in lines if os.path.dirname(line[0]) == folder), None)


def word_of(line: tuple[str, int, int, int, int] | None, target: str, now: int) -> str:
    """`held 142 failed 81 silent 1`, in the colours of a target; `ok` if nothing is wrong, empty if nothing is known."""
    if line is None:
        return ""
    _, when, *counts = line
    wrong = [
        (word, f"{word} {count}") for word, count in zip(("held", "failed", "silent"), counts, strict=True) if count
    ]
    words = wrong or [("ok", "ok")]
    if now - when > _OLD:
        words = [*words, ("old", f"{_length(now - when)} old")]
    return " ".join(_coloured(kind, text, target) for kind, text in words)


def renew_behind() -> None:
    """Read the books in a process that nobody waits for, at most once a minute."""
    mark = cache_file() + ".renewed"
    try:
        if time.time() - os.stat(mark).st_mtime < _RENEWS:
            return
    except OSError:
        pass
    try:
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600))
        os.utime(mark)
    except OSError:
        return
    if os.fork():
        return
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    os.execv(sys.executable, [sys.executable, "-m", "prodcli", "-q", "prompt", "--refresh"])


def _coloured(kind: str, text: str, target: str) -> str:
    if target == "plain" or (os.environ.get("NO_COLOR") and target != "tmux"):
        return text
    if target == "tmux":
        return f"#[{_TMUX[kind]}]{text}#[default]"
    begin, end = {"bash": ("\x01", "\x02"), "zsh": ("%{", "%}")}.get(target, ("", ""))
    return f"{begin}\x1b[{_COLOURS[kind]}m{end}{text}{begin}\x1b[0m{end}"


def _length(seconds: int) -> str:
    unit, size = next((unit, size) for unit, size in (("d", 86400), ("h", 3600), ("m", 60)) if seconds >= size)
    return f"{seconds // size}{unit}"


def _seconds(text: str) -> int | None:
    number, unit = text[:-1], text[-1:]
    return int(number) * _UNITS[unit] if number.isdigit() and unit in _UNITS else None
