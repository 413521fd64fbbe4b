"""A chain as data, and as a graph for Graphviz.

Pure: data in, data out.
"""

from __future__ import annotations

from typing import Any

from prodcli.chains.picture import Picture
from prodcli.chains.tree import in_words


def data(picture: Picture) -> dict[str, Any]:
    """The steps, parents first, and the inputs from outside; a step is named by `id` where others read it."""
    steps = [
        {
            "id": picture.ids[step.key],
            "rule": step.rule.name,
            "file": step.rule.file,
            "dsttype": step.product.dsttype,
            "dataset": step.product.dataset,
            "tag": step.product.tag,
            "intriplet": step.rule.input.intriplet,
            "parents": [picture.ids[parent] for parent in step.parents],
            "jobs": jobs if (jobs := known.jobs) is None else dict(jobs),
            "registered": known.registered,
        }
        for step in picture.chain.steps
        for known in (picture.known(step.product),)
    ]
    sources = [
        {
            "dsttypes": list(source.dsttypes),
            "dataset": source.dataset,
            "tag": source.tag,
            "made": picture.is_made(source),
            "children": [picture.ids[step.key] for step in steps_],
        }
        for source, steps_ in picture.sources.items()
    ]
    return {"steps": steps, "sources": sources, "warnings": picture.warnings}


def dot(picture: Picture) -> str:
    """The graph in the language of Graphviz; inputs from outside are dashed."""
    lines = ["digraph chain {", "  rankdir=LR;", "  node [shape=box];"]
    for step in picture.chain.steps:
        words = [step.rule.name, str(step.product), in_words(picture.known(step.product))]
        lines.append(f"  {_quoted(picture.ids[step.key])} [label={_label(words)}];")
        lines += [f"  {_quoted(picture.ids[one])} -> {_quoted(picture.ids[step.key])};" for one in step.parents]
    for source, steps in picture.sources.items():
        lines.append(f"  {_quoted(str(source))} [label={_label([*source.dsttypes, source.tag])}, style=dashed];")
        lines += [f"  {_quoted(str(source))} -> {_quoted(picture.ids[step.key])};" for step in steps]
    return "\n".join([*lines, "}"])


def _label(words: list[str]) -> str:
    return '"' + "\\n".join(_escaped(word) for word in words if word) + '"'


def _quoted(word: str) -> str:
    return f'"{_escaped(word)}"'


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')
