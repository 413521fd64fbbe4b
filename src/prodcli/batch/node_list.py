"""Excluded nodes of jobs: names as people type them, and the attribute of a job with its list.

Each job carries the list as an attribute, which its requirements read; so the list can change while the job waits.

Pure: data in, data out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from prodcli.errors import UsageError

ATTRIBUTE = "ProdcliBadNodes"
_NODE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?")
# A name on the list that has no domain means that node in any domain. `isnt true` lets jobs run whose list is broken.
_ELSEWHERE = (
    f"stringListIMember(TARGET.Machine, MY.{ATTRIBUTE}) isnt true"
    f' && stringListIMember(split(TARGET.Machine, ".")[0], MY.{ATTRIBUTE}) isnt true'
)


def node_of(name: str) -> str:
    """The node of a name in a batch system: without its slot, in small letters."""
    return name.rpartition("@")[2].casefold()


def parse_nodes(words: Sequence[str]) -> list[str]:
    """Names of nodes, with or without domain or slot, each once; raises UsageError for other text, like a pattern."""
    found = [node_of(word.strip()) for word in words]
    for word, node in zip(words, found, strict=True):
        if not _NODE.fullmatch(node) or ".." in node:
            todo = "one whole name after the other, like spool0301 spool0302.example.org; no patterns, no commas"
            raise UsageError(f"{word!r:.60} is no node", where="NODES", todo=todo)
    return list(dict.fromkeys(found))


def listed(nodes: Iterable[str]) -> str:
    """The text of a list in a job; the same nodes always give the same text."""
    return ",".join(sorted(set(nodes)))


def means(name: str, node: str) -> bool:
    """True if a name on the list excludes a node."""
    return name in (node, node.partition(".")[0])


def node_commands(nodes: str) -> dict[str, str]:
    """The command of a description that gives its jobs the list."""
    return {f"My.{ATTRIBUTE}": f'"{nodes}"'}


def requirements(own: str) -> str:
    """The requirements of a job: those of its rule, and that the machine is not on the list."""
    return f"({own}) && {_ELSEWHERE}" if own else _ELSEWHERE
