"""The variables of a job: as rules write them, and as a submit description does.

Pure: data in, data out.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from prodcli.names import plain_text, variable_fault
from prodcli.plain_values import as_word


def environment_command(variables: Mapping[str, str]) -> str:
    """The variables in HTCondor's new syntax; empty if there are none.

    A value that has blanks or quotes, or a field that may have, stands in single quotes; a quote is written twice.
    Source: HTCondor manual, condor_submit, environment.
    """
    words = (f"{name}={_quoted(value)}" for name, value in variables.items())
    return f'"{" ".join(words)}"' if variables else ""


def _quoted(value: str) -> str:
    plain = value and not any(char.isspace() or char in "\"'{" for char in value)
    return value if plain else "'" + value.replace("'", "''").replace('"', '""') + "'"


def _variables(given: object) -> object:
    """A mapping of names to values, or `A=1;B=2`; raises ValueError for a variable that no description can hold."""
    made = given if isinstance(given, Mapping) else _of_text(as_word(given))
    words = {str(name): as_word(value) for name, value in made.items()}
    for name, value in words.items():
        if not isinstance(value, str):
            raise ValueError(f"{name}: {value!r:.60} must be a word")
        if fault := variable_fault(name, value):
            raise ValueError(f"{name}: {fault}")
    return words


def _of_text(text: object) -> dict[str, str]:
    if not isinstance(text, str) or not plain_text(text):
        raise ValueError("a mapping NAME: value, or a text like A=1;B=2 without newlines, quotes, $( and $$ is allowed")
    pairs = [word.strip().partition("=") for word in text.split(";") if word.strip()]
    for name, equals, _ in pairs:
        if not equals:
            raise ValueError(f"{name!r:.60} is no variable like A=1")
    return {name.strip(): value for name, _, value in pairs}


_WORDS = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
Environment = Annotated[
    dict[str, str],
    BeforeValidator(_variables),
    WithJsonSchema({"anyOf": [_WORDS, {"type": "string"}]}),
]
