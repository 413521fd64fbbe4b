"""A chain as a tree of lines for terminals.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prodcli.chains.chain import RuleKey, Step
from prodcli.chains.picture import Picture
from prodcli.chains.progress import Progress
from prodcli.chains.unmade import Source

# What stands before a child, before what is below it, and the same for the last child.
_LINES = ("├─ ", "│  ", "└─ ", "   ")
_PLAIN = ("|- ", "|  ", "`- ", "   ")
# The states of the books in the words of the tree, in order.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "finished": ("finished",),
    "running": ("running",),
    "idle": ("submitting", "waiting", "submitted", "evicted"),
    "held": ("held",),
    "parked": ("parked",),
    "failed": ("failed",),
}


@dataclass
class _Tree:
    """The lines of a picture; a step with several parents is told below the first, and named below the others."""

    picture: Picture
    marks: Sequence[str]
    told: set[RuleKey] = field(default_factory=set)

    def below(self, steps: Sequence[Step], indent: str) -> Iterator[str]:
        """The lines of the children of something."""
        for place, step in enumerate(steps):
            last = 2 * (place == len(steps) - 1)
            yield from self.step(step, indent + self.marks[last], indent + self.marks[last + 1])

    def step(self, step: Step, first: str, rest: str) -> Iterator[str]:
        """The lines of a step and of what is below it."""
        name = self.picture.ids[step.key]
        if step.key in self.told:
            yield f"{first}{name} (above)"
            return
        self.told.add(step.key)
        yield first + name
        children = self.picture.chain.children(step.key)
        beside = rest + (self.marks[1] if children else "   ")
        yield f"{beside}{step.product}{_origin(step)}"
        if words := in_words(self.picture.known(step.product)):
            yield beside + words
        yield from self.below(children, rest)

    def source(self, source: Source, steps: Sequence[Step]) -> Iterator[str]:
        """The lines of what comes from outside, and of the steps that read it."""
        made = "of other rules" if self.picture.is_made(source) else f"{self.picture.nobody} makes this"
        yield f"[{source}] {made}"
        for product in source.products:
            known = self.picture.known(product)
            if known.is_made:
                yield f"{self.marks[1]}{in_words(known)}"
        yield from self.below(steps, "")


def tree(picture: Picture, plain: bool = False) -> list[str]:
    """The lines of a tree, with the roots first; `plain` for terminals without line drawing."""
    drawn = _Tree(picture, _PLAIN if plain else _LINES)
    lines = [line for step in picture.roots for line in drawn.step(step, "", "")]
    return lines + [line for source, steps in picture.sources.items() for line in drawn.source(source, steps)]


def in_words(progress: Progress) -> str:
    """`1,200 finished, 3 running, 1 failed; 1,200 registered`."""
    jobs = progress.jobs or {}
    counted = {word: sum(jobs.get(state, 0) for state in states) for word, states in _WORDS.items()}
    said = ", ".join(f"{count:,} {word}" for word, count in counted.items() if count)
    words = [said or "no jobs"] if progress.jobs is not None else []
    words += [f"{progress.registered:,} registered"] if progress.registered is not None else []
    return "; ".join(words)


def _origin(step: Step) -> str:
    rule = step.rule
    if rule.combining:
        return f" from raw files ({rule.input.physicsmode})"
    if rule.generated:
        return " without inputs"
    return "" if rule.tagged else " by a query of its own"
