"""The kinds of values in a rule: words, texts, expressions, numbers, sizes.

Pure: data in, data out.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from prodcli.config.quality_limits import QualityLimit, quality_limits
from prodcli.names import TOKEN, plain_text
from prodcli.plain_values import as_word, whole_number
from prodcli.rules.sql_text import statement
from prodcli.runs.production_numbers import MOST_GENERATED_JOBS, production_numbers
from prodcli.sizes import parse_kb, parse_ladder
from prodcli.time_text import parse_age

_MOST = 2**31 - 1  # the books keep numbers in 4 bytes
_MOST_RETRIES = 20  # of a failed job; what fails more often needs a person


def token(text: str) -> str:
    """A word that may stand in names, paths and commands; raises ValueError for other text."""
    if not TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} must be one word of letters, digits and . _ + -")
    return text


def _text(text: str) -> str:
    """HTCondor has no way to carry a newline or a quote in a value, would expand `$(...)` and join a line that ends in \\."""
    if not plain_text(text):
        raise ValueError("newlines, control characters, quotes, $( and $$, and a \\ at the end are not allowed here")
    return text


def _expression(text: str) -> str:
    if not text.isprintable() or text.endswith("\\"):
        raise ValueError("newlines, control characters and a \\ at the end are not allowed in an expression")
    return text


def _constraint(text: str) -> str:
    """One SQL condition to stand behind AND; raises ValueError for anything more."""
    words = text.strip()
    if words.casefold().startswith("and "):
        words = words[4:].strip()
    if ";" in words or "--" in words or "/*" in words:
        raise ValueError("an SQL condition holds no ; and no comments")
    if not words.replace("\n", " ").replace("\t", " ").isprintable():
        raise ValueError("an SQL condition holds no control characters")
    bare = re.sub("'[^']*'", "", words)
    if words.count("'") % 2 or not _balanced(bare):
        raise ValueError("an SQL condition has balanced brackets and quotes")
    if "?" in bare:
        raise ValueError("the drivers take a ? for a bound value; write the function, as jsonb_exists(a, b)")
    return words


def _balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", text):
        raise ValueError(f"{text!r:.80} must be a name of letters, digits and _")
    return text


def _words(value: object) -> object:
    text = _word(value)
    return [word.strip() for word in text.split(",") if word.strip()] if isinstance(text, str) else value


def _word(value: object) -> object:
    """A word exactly as written; raises ValueError for null, which means no value."""
    if value is None:
        raise ValueError("nothing, ~ and null are no word; write the word in quotes if it is meant")
    return as_word(value)


def number(value: int) -> int:
    """A number that the books can hold; raises ValueError for a larger one."""
    if abs(value) > _MOST:
        raise ValueError(f"{value} is too large")
    return value


def _duration(value: object) -> int:
    """Seconds of `36h`, or of a number that is seconds already; raises ValueError."""
    age = parse_age(value) if isinstance(value, str) else None
    try:
        return whole_number(value) if age is None else age
    except ValueError:
        raise ValueError(f"{value!s:.60} is no length of time; write it like 90m, 36h, 2d, or in seconds") from None


def _patience(value: object) -> int:
    """Seconds as `_duration` takes them; `off`, which YAML reads as false, is 0."""
    return 0 if value is False or value == "off" else _duration(value)


# What editors may accept in a rule file, where it is more than what comes out of it.
_WORD = {"type": ["string", "number", "boolean"]}
_WORDS = WithJsonSchema(_WORD)
_LIST = WithJsonSchema({"type": [*_WORD["type"], "array"], "items": _WORD})
_SIZE = WithJsonSchema({"type": ["string", "number"], "examples": ["2 GB", "4096MB"]})
_DURATION = WithJsonSchema({"type": ["string", "number"], "examples": ["36h", "2d"]})
_SIZES = WithJsonSchema({"type": ["string", "number", "array"], "examples": ["2 GB", "2 GB, 4 GB"]})

Token = Annotated[str, BeforeValidator(_word), AfterValidator(token), _WORDS]
Text = Annotated[str, BeforeValidator(_word), AfterValidator(_text), _WORDS]
Expression = Annotated[str, BeforeValidator(_word), AfterValidator(_expression), _WORDS]
Constraint = Annotated[str, AfterValidator(_constraint)]
Identifier = Annotated[str, AfterValidator(_identifier)]
Sql = Annotated[str, AfterValidator(statement)]
Count = Annotated[int, Field(ge=0, le=_MOST), BeforeValidator(whole_number)]
Positive = Annotated[int, Field(ge=1, le=_MOST), BeforeValidator(whole_number)]
Retries = Annotated[int, Field(ge=0, le=_MOST_RETRIES), BeforeValidator(whole_number)]
Number = Annotated[int, Field(ge=-_MOST, le=_MOST), BeforeValidator(whole_number)]
JobsOfRun = Annotated[int, Field(ge=1, le=MOST_GENERATED_JOBS), BeforeValidator(whole_number)]
Ladder = Annotated[tuple[int, ...], BeforeValidator(parse_ladder), _SIZES]
DiskKB = Annotated[int, BeforeValidator(parse_kb), _SIZE]
Seconds = Annotated[int, Field(ge=1, le=_MOST), BeforeValidator(_duration), _DURATION]
Patience = Annotated[int, Field(ge=0, le=_MOST), BeforeValidator(_patience), _DURATION]
QualityLimits = Annotated[
    dict[str, QualityLimit],
    BeforeValidator(quality_limits),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "object"}}),
]
Tokens = Annotated[tuple[Token, ...], BeforeValidator(_words), _LIST]
Identifiers = Annotated[tuple[Identifier, ...], BeforeValidator(_words), _LIST]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_words), _LIST]
GeneratedRuns = Annotated[Texts, AfterValidator(production_numbers)]
