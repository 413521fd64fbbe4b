"""Inputs that no rule of a chain makes: of an earlier production, or of a tag that nobody makes.

Pure: data in, data out.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from prodcli.chains.chain import Chain, Step, products_read, reads
from prodcli.rules.model import Product


@dataclass(frozen=True, order=True)
class Source:
    """Inputs of a tag and dataset that come from outside of a chain; `dsttypes` without leaves of hosts."""

    tag: str
    dataset: str
    dsttypes: tuple[str, ...]

    @property
    def products(self) -> tuple[Product, ...]:
        """What the inputs are products of."""
        return tuple(Product(one, self.dataset, self.tag) for one in self.dsttypes)

    def __str__(self) -> str:
        return " ".join([",".join(self.dsttypes), self.tag]).strip()


def source_of(step: Step) -> Source | None:
    """The inputs of a step that no other step makes; None for raw files, generated jobs, and inputs that a step makes."""
    rule = step.rule
    if step.parents or not rule.tagged:
        return None
    return Source(rule.intriplet, rule.input.dataset, tuple(one.dsttype for one in products_read(rule)))


def nearest_words(step: Step, chain: Chain, others: Iterable[Product] = ()) -> str:
    """What somebody makes that is nearest to the inputs of a step: `; the nearest is ana537_2025p010_v001`.

    `others` are products of rules outside of the chain.
    """
    source = source_of(step)
    known = {*(one.product for one in chain.steps), *others}
    alike = {one for one in known if reads(step.rule, one)}
    if source is None or not alike:
        return ""
    here = {one for one in alike if one.tag == source.tag}
    if any(one.dataset == source.dataset for one in here):
        return f" of runs of type {step.rule.input.physicsmode}; it is made of runs of another type"
    if here:
        datasets = ", ".join(sorted({one.dataset for one in here}))
        return f" with the dataset {source.dataset}; it is made with {datasets}"
    return f"; the nearest that somebody makes is {_closest(source.tag, {one.tag for one in alike})}"


def _closest(word: str, words: Collection[str]) -> str:
    return difflib.get_close_matches(word, sorted(words), n=1, cutoff=0.0)[0]
