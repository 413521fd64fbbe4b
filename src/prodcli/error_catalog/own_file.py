"""The site's file of entries: an entry is added at its end, and what stands there already stays as it is."""

from __future__ import annotations

from pathlib import Path

from prodcli.config.yaml_files import parse_yaml_lines
from prodcli.error_catalog.entry_form import known_errors
from prodcli.error_catalog.known_error import KnownError
from prodcli.errors import ConfigError
from prodcli.text_files import read_text, why_unreadable


def entries_with(file: Path, entry: str) -> list[KnownError]:
    """The entries of the file with one more; raises ConfigError if one is malformed or its key stands there already."""
    text = _text(file)
    joined = f"{text}{_gap(text)}{entry}"
    return known_errors(parse_yaml_lines(joined, file, ConfigError)[0], str(file))


def add_entry(file: Path, entry: str) -> None:
    """Write an entry at the end of the file; raises ConfigError if the file would be malformed or cannot be written."""
    entries_with(file, entry)
    try:
        with file.open("a", encoding="utf-8") as stream:
            stream.write(f"{_gap(_text(file))}{entry}")
    except OSError as failure:
        raise ConfigError(f"the file cannot be written: {why_unreadable(failure)}", where=str(file)) from None


def _text(file: Path) -> str:
    try:
        return read_text(file)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as failure:
        raise ConfigError(f"the file cannot be read: {why_unreadable(failure)}", where=str(file)) from None


def _gap(text: str) -> str:
    return "" if not text or text.endswith("\n") else "\n"
