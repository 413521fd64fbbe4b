"""The record of a submission: what its jobs are made from, who submitted them, and by which command."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodcli.provenance.payload import Payload


@dataclass(frozen=True)
class Invocation:
    """A command as it was given; `command` has no secrets. `actor` is the person, `account` the account."""

    command: str
    actor: str
    account: str
    host: str
    version: str


@dataclass(frozen=True)
class Provenance:
    """What the jobs of a submission are made from; texts are empty where they are not known.

    `repeats` is the record of the submission that this one repeats.
    """

    id: str
    rule: str
    tag: str
    rule_file: str
    written: str
    resolved: str
    payload: Payload
    kit: str
    repeats: str | None = None

    @property
    def texts(self) -> dict[str, tuple[str, str]]:
        """All texts by the hash of their content, each with the suffix of its file."""
        found = [(self.written, ".yaml"), (self.resolved, ".yaml"), (self.payload.text, ".txt")]
        found += [(code.diff, ".diff") for code in self.payload.code]
        return {hash_of(text): (storable(text), suffix) for text, suffix in found if text}

    def row(self, by: Invocation) -> dict[str, object]:
        """The row of the record."""
        return {
            **{"id": self.id, "rulename": self.rule, "tag": self.tag, "rule_file": storable(self.rule_file)},
            **{"written": _hash(self.written), "resolved": _hash(self.resolved), "payload": _hash(self.payload.text)},
            **{"kit": self.kit or None, "version": by.version, "account": by.account, "actor": by.actor},
            **{"host": by.host, "command": storable(by.command), "repeats": self.repeats},
        }

    def repositories(self) -> list[dict[str, object]]:
        """The rows of the git repositories."""
        return [
            {
                **{
                    "provenance": self.id,
                    "number": number,
                    "folder": storable(code.folder),
                    "remote": storable(code.remote),
                },
                **{"branch": storable(code.branch), "commit_id": code.commit, "pushed": storable(code.pushed)},
                **{"changed": json.dumps(code.changed), "diff": _hash(code.diff), "note": storable(code.note)},
            }
            for number, code in enumerate(self.payload.code)
        ]


def storable(text: str) -> str:
    """A text that every database holds."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def hash_of(text: str) -> str:
    """The name of a content: its SHA-256."""
    return hashlib.sha256(storable(text).encode()).hexdigest()


def _hash(text: str) -> str | None:
    return hash_of(text) if text else None
