"""The policy of a site for payloads that nobody could get again from a commit of a remote.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodcli.sizes import counted

if TYPE_CHECKING:
    from prodcli.provenance.payload import Payload
    from prodcli.provenance.repository import Code
    from prodcli.rules.model import Rule

_NAMED = 3  # changed files in a message
_MOVING = "new"  # the build that changes every night


def unfit(payload: Payload) -> Iterator[str]:
    """One line for each repository whose commit is not what jobs get, or is on no remote."""
    for code in payload.code:
        if code.commit and (why := [*_dirty(code), *_unpushed(code)]):
            yield f"payload {code.folder}: {' and '.join(why)}"
        elif not code.commit and code.changed:
            yield f"payload {code.folder}: the repository has no commits yet"


def unknown(payload: Payload) -> Iterator[str]:
    """One line for each part of the payload of which git tells no commit, and why."""
    for code in payload.code:
        if code.note and not code.commit and not code.changed:
            yield f"payload {code.folder}: {code.note}"


def unfit_version(rule: Rule) -> Iterator[str]:
    """A line if a fixed build has version 0, which is that of the moving build: nobody would see that outputs differ."""
    params = rule.params
    if params.names is None and params.build != _MOVING and params.version == 0:
        yield f"rule {rule.name}: build {params.build} is fixed, and has version 0; give it version 1 or more"


def _dirty(code: Code) -> Iterator[str]:
    if code.changed:
        names = ", ".join(line.partition(" ")[2] for line in code.changed[:_NAMED])
        more = " ..." if len(code.changed) > _NAMED else ""
        differ = "differs" if len(code.changed) == 1 else "differ"
        yield f"{counted(len(code.changed), 'file')} {differ} from commit {code.commit[:12]} ({names}{more})"


def _unpushed(code: Code) -> Iterator[str]:
    if not code.pushed:
        yield f"commit {code.commit[:12]} is on no remote" if not code.changed else "this commit is on no remote"
