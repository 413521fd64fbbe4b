"""What somebody typed, apart from what the environment or prodcli.yaml gives: the typed words go first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

RULES, TAG = "PRODCLI_RULES", "PRODCLI_TAG"  # variables for the rule file and for tags
_RUN, _JOB_OR_FILE = r"[0-9][0-9,-]*", r"[0-9]+\.[0-9].*|.*\.root|.*/.*"
# For some parameters those that say the same in another way, each with how its words look then.
_INSTEAD: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "runs": {"runlist": ".*", "run_words": ".*", "words": _RUN, "which": _RUN},
        "runlist": {"runs": ".*", "run_words": ".*"},
        "tag": {"jobs": ".*", "cluster": ".*", "dbid": ".*", "config": ".*", "which": _JOB_OR_FILE},
        "config": {"paths": ".*"},
        "steering": {"steer_list": ".*"},
        "steer_list": {"steering": ".*"},
    }
)


def by_hand(context: Any, name: str, form: str = ".*") -> bool:
    """True if a parameter, or a word of it in a form, was typed."""
    value = context.params.get(name)
    words = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return _is_typed(context, name) and any(re.fullmatch(form, str(word)) for word in words)


def _is_typed(context: Any, name: str) -> bool:
    return getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"


def prefer_typed_words(command: Any) -> None:
    """Let options that were not typed take their own defaults where a typed word says the same in another way."""
    for option in command.params:
        if option.name in _INSTEAD and option.param_type_name == "option" and option.callback is None:
            option.callback = partial(_unless_said, option.default)


def _unless_said(own: Any, context: Any, option: Any, value: Any) -> Any:
    typed = _is_typed(context, option.name)  # its value is not among those of the context yet
    said = not typed and any(by_hand(context, name, form) for name, form in _INSTEAD[option.name].items())
    return option.type_cast_value(context, own) if said else value
