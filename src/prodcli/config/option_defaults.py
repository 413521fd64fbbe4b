"""The section `defaults` of prodcli.yaml: values of options by verb, which hold until the command line says otherwise."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcli.config.find_config import current_folder, search_config
from prodcli.config.yaml_files import Lines, parse_yaml_lines, read_yaml_text
from prodcli.errors import ConfigError

KEY = "defaults"
_MENTIONED = re.compile(rf"\b{KEY}\b['\"]?\s*:")


@dataclass(frozen=True)
class OptionDefaults:
    """The values by verb (`rules list`) and option (`since`), with the file and the lines of its keys."""

    file: Path
    by_verb: Mapping[str, Mapping[str, Any]]
    lines: Lines

    def fault(self, what: str, *keys: str) -> ConfigError:
        """An error about a verb, or about an option of a verb."""
        return ConfigError(what, where=f"{self.file}, line {self.lines.get((KEY, *keys), 1)}")


def find_option_defaults(given: Path | None) -> OptionDefaults | None:
    """The section of the prodcli.yaml of a command line; None without one.

    None also for a file that cannot be read: a verb that needs the file says why. Raises ConfigError for a section that is no
    mapping of mappings. A file that does not mention the section is not parsed.
    """
    try:
        file = search_config(given, os.environ, current_folder())
        text = "" if file is None else read_yaml_text(file, ConfigError)
        if file is None or not _MENTIONED.search(text):
            return None
        data, lines = parse_yaml_lines(text, file, ConfigError)
    except ConfigError:
        return None
    require_by_verb(data.get(KEY) or {}, file)
    return OptionDefaults(file, data.get(KEY) or {}, lines) if data.get(KEY) else None


def require_by_verb(section: object, file: Path) -> None:
    """Raise ConfigError unless a section says values by verb and option."""
    said = section if isinstance(section, Mapping) else {KEY: section}
    for verb, options in said.items():
        if not isinstance(options, Mapping):
            name = KEY if said is not section else f"{KEY}.{verb}"
            raise ConfigError(f"{name} must be a mapping", where=str(file))
