"""A chain with what is known of its steps, and the sources that come from outside.

Pure: data in, data out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath

from prodcli.chains.chain import Chain, RuleKey, Step
from prodcli.chains.progress import Progress
from prodcli.chains.unmade import Source, nearest_words, source_of
from prodcli.rules.model import Product


@dataclass(frozen=True)
class Picture:
    """A chain, what is known of each product, and all products of the books; nothing is known where nobody was asked."""

    chain: Chain
    progress: Mapping[Product, Progress] = field(default_factory=dict)
    others: Collection[Product] = ()

    @cached_property
    def ids(self) -> Mapping[RuleKey, str]:
        """A name for each step: of the rule, with the file where several rules have the name."""
        names = Counter(key.rule for key in self.chain.by_key)
        folder = _common_folder([PurePath(key.file) for key in self.chain.by_key])
        return {
            key: key.rule if names[key.rule] == 1 else f"{key.rule} ({PurePath(key.file).relative_to(folder)})"
            for key in self.chain.by_key
        }

    @cached_property
    def sources(self) -> Mapping[Source, tuple[Step, ...]]:
        """The inputs that no step makes, with the steps that read them."""
        found: dict[Source, tuple[Step, ...]] = {}
        for step in self.chain.steps:
            source = source_of(step)
            if source is not None:
                found[source] = (*found.get(source, ()), step)
        return found

    @property
    def roots(self) -> list[Step]:
        """The steps that read raw files or inputs that a query of their own finds, and those that read nothing."""
        return [step for step in self.chain.steps if not step.parents and source_of(step) is None]

    def known(self, product: Product) -> Progress:
        """What is known of a product."""
        return self.progress.get(product, Progress())

    def is_made(self, source: Source) -> bool:
        """True if the books have jobs, or the file catalog files, of what comes from outside."""
        return any(self.known(one).is_made for one in source.products)

    @property
    def nobody(self) -> str:
        """Who does not make an input that is not made, as far as was asked."""
        return "nobody" if self.progress else "no rule here"

    @property
    def products(self) -> list[Product]:
        """All products of steps and sources."""
        made = [step.product for step in self.chain.steps]
        return list(dict.fromkeys([*made, *(one for source in self.sources for one in source.products)]))

    @property
    def warnings(self) -> list[str]:
        """A line for each input that nobody makes, with the nearest that somebody makes."""
        return [
            f"{self.ids[step.key]}: {self.nobody} makes {source}{nearest_words(step, self.chain, self.others)}"
            for source, steps in self.sources.items()
            if not self.is_made(source)
            for step in steps
        ]


def _common_folder(files: Sequence[PurePath]) -> PurePath:
    """The deepest folder that all files are in."""
    return next(folder for folder in files[0].parents if all(file.is_relative_to(folder) for file in files))
