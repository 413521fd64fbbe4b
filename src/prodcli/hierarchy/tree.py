"""A production as it is declared: campaigns (tags), steps (rules) with what they read, and groups of runs.

Pure: data in, data out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from prodcli.rules.model import Product
from prodcli.runs.run_groups import RunGroup


@dataclass(frozen=True)
class ProductionStep:
    """A rule of a production; `inputs` are products that it reads, of which steps of the production may make some.

    `by_segment`: each job makes the segment of its own number, from the same segment of its inputs.
    """

    rule: str
    config: str
    product: Product
    inputs: tuple[Product, ...] = ()
    by_segment: bool = False
    groups: tuple[RunGroup, ...] = ()


@dataclass(frozen=True)
class ProductionTree:
    """A production with its steps, parents first."""

    name: str
    folder: str
    steps: tuple[ProductionStep, ...]

    @property
    def tags(self) -> list[str]:
        """The tags of its campaigns, in the order of the steps."""
        return list(dict.fromkeys(step.product.tag for step in self.steps))

    @cached_property
    def parents(self) -> dict[str, tuple[ProductionStep, ...]]:
        """The steps that make what a step reads, by its rule."""
        return {
            step.rule: tuple(one for one in self.steps if one.product in step.inputs and one is not step)
            for step in self.steps
        }
