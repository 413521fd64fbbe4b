"""An entry of the catalog for clusters of unknown errors: masked texts become patterns, and both become YAML.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prodcli.error_catalog.known_error import Category
from prodcli.error_catalog.remedy import Remedy

_MASKS = re.compile(r"URL|HOST|PATH|N|\?| ")
# What a mask stands for, and the mask itself, as the books have it.
_ANY = {
    "URL": r"(?>URL|[a-z][\w+.-]{1,20}://[^\s'\",;)]{1,400})",
    "HOST": r"(?:HOST|<[^>\s]{1,400}>|\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|(?<![\w@.-])[\w@.-]{1,200})",
    "PATH": r"(?>PATH|\.{0,2}(?:/(?:\.{1,2}(?=/)|[\w.+@%=~:-]{0,100}[\w+@%=~-])){1,40}/?)",
    "N": r"(?:N|0x[0-9a-f]{1,40}|\d{1,40}(?:\.\d{1,40})?)",
    "?": ".",
    " ": r"\s+",
}
_LONGEST = 1000  # letters of a pattern
_NEEDLESS = re.compile(r"\\([-#&~ ])")  # what re.escape escapes without need


@dataclass(frozen=True, slots=True)
class Naming:
    """What a person says of an error: the key of the entry and its words."""

    key: str
    name: str
    category: Category
    action: Remedy
    advice: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Errors that look alike: state, code as `exit 1` or `34/102`, and masked text."""

    state: str
    code: str
    text: str


def key_from(name: str) -> str:
    """A key for an entry: the words of its name in small letters, with dashes; empty if the name has no such letters."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def pattern_of(text: str) -> str:
    """A regular expression for a masked text, which fits it and the texts that it stands for; a long one is cut."""
    parts, left = [], text.removesuffix("...")
    place = 0
    for mask in _MASKS.finditer(left):
        parts += [_plain(left[place : mask.start()]), _ANY[mask[0]]]
        place = mask.end()
    parts.append(_plain(left[place:]))
    while sum(map(len, parts)) > _LONGEST:
        parts.pop()
    return "".join(parts)


def entry_text(naming: Naming, clusters: Sequence[Cluster]) -> str:
    """The entry in YAML: its patterns are the texts of the clusters, or their codes where they have no text."""
    texts = list(dict.fromkeys(pattern_of(one.text) for one in clusters if one.text))
    bare = [one for one in clusters if not one.text]
    lines = [f"{naming.key}:", f"  name: {_quoted(naming.name)}", f"  category: {naming.category}"]
    lines += [f"  action: {naming.action}", f"  advice: {_quoted(naming.advice)}"]
    if texts:
        lines += [f"  state: {_listed(one.state for one in clusters if one.text)}", "  text:"]
        lines += [f"    - {_quoted(text)}" for text in texts]
        lines += ["  or:", *(f"    - {{{', '.join(_codes(one))}}}" for one in bare)] if bare else []
    else:
        lines += [f"  {sign}" for sign in _codes(bare[0])]
        lines += ["  or:", *(f"    - {{{', '.join(_codes(one))}}}" for one in bare[1:])] if bare[1:] else []
    return "\n".join(lines) + "\n"


def _codes(one: Cluster) -> list[str]:
    """The signs of a cluster without text."""
    word, _, number = one.code.rpartition(" ")
    if word == "exit":
        return [f"state: {one.state}", f"exit_code: {number}"]
    return [f"state: {one.state}", *([f"hold_code: {one.code}"] if "/" in one.code else [])]


def _plain(text: str) -> str:
    return _NEEDLESS.sub(r"\1", re.escape(text))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(words: Iterable[str]) -> str:
    return f"[{', '.join(dict.fromkeys(words))}]"
