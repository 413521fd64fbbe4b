"""Nodes as a table: the jobs that left each, compared with other nodes, and the evidence against black holes.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from prodcli.batch.node_list import means
from prodcli.nodes.statistics import NodeLine
from prodcli.tables.table import Cell, Column, Kind, Table

WORST = 20  # nodes that people see
_BLACK_HOLE = "black hole"
_COLUMNS = (
    Column("node"),
    Column("jobs", kind=Kind.COUNT),
    Column("failed", kind=Kind.COUNT, style="red"),
    Column("held", kind=Kind.COUNT, style="magenta", drop_empty=True),
    *(Column(key, kind=Kind.COUNT, level=2, drop_empty=True) for key in ("start_holds", "memory", "other")),
    *(Column(key, kind=Kind.COUNT, level=1, drop_empty=True) for key in ("evicted", "quick")),
    Column("bad_percent", "bad %", Kind.NUMBER, 1),
    Column("others_percent", "others %", Kind.NUMBER, 1),
    Column("chance", kind=Kind.NUMBER, level=2),
    Column("median_s", "median", Kind.DURATION, 2),
    Column("verdict", drop_empty=True),
    Column("evidence", kind=Kind.DETAIL, drop_empty=True),
    Column("exclude_with", kind=Kind.COMMAND, drop_empty=True),
)


def worst(lines: Sequence[NodeLine]) -> list[NodeLine]:
    """The nodes with trouble, holds or evictions that people see first."""
    return [one for one in lines if one.trouble or one.held or one.evicted][:WORST]


def nodes_table(lines: Sequence[NodeLine], excluded: Collection[str], note: str, domain: str = "") -> Table:
    """A row for each node, whose name is without the domain; below black holes the evidence and what to type."""
    rows: list[list[Cell]] = []
    for one in lines:
        verdict = _verdict(one, excluded)
        holds = (one.held, one.start_holds, one.memory_holds, one.other_holds)
        shares = (_percent(one.rate), _percent(one.elsewhere), one.chance, one.median)
        words = (verdict, one.evidence, _command(one) if verdict == _BLACK_HOLE else "")
        rows.append(
            [one.node.removesuffix(domain), one.jobs, one.failed, *holds, one.evicted, one.quick, *shares, *words]
        )
    marks = {_BLACK_HOLE: "bold red", "excluded": "dim"}
    return Table(_COLUMNS, rows, title=f"nodes of {domain[1:]}" if domain else "", marks=marks, note=note)


def common_domain(nodes: Sequence[str]) -> str:
    """The domain that all nodes share, with its dot; empty if there is none, or only one node."""
    domains = {node[len(node.partition(".")[0]) :] for node in nodes}
    return domains.pop() if len(domains) == 1 and len(nodes) > 1 else ""


def _verdict(one: NodeLine, excluded: Collection[str]) -> str:
    if any(means(name, one.node) for name in excluded):
        return "excluded"
    return _BLACK_HOLE if one.black_hole else ""


def _command(one: NodeLine) -> str:
    return f'prodcli nodes exclude add {one.node} --until 3d --reason "{one.evidence}"'


def summary(lines: Sequence[NodeLine], shown: int) -> str:
    judged, trouble = sum(one.judged for one in lines), sum(one.trouble for one in lines)
    if not lines:
        return "no job left a node in this time, as the books have it"
    share = f"{trouble} of {judged} jobs ({_percent(trouble / judged)} %)" if judged else "no jobs"
    rest = "" if shown == len(lines) else f", {shown} are shown (--all: every one)"
    return f"{len(lines)} nodes{rest}; {share} had trouble that a node may be to blame for"


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
