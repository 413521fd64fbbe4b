"""Groups of options that several verbs take: a function of the context and the options makes a value of them."""

import inspect
from collections.abc import Callable, Collection
from typing import Any

import typer

Verb = Callable[..., None]


def takes(
    group: Callable[..., object], without: Collection[str] = (), *, first: bool = False, **fixed: object
) -> Callable[[Verb], Verb]:
    """Give a verb the options of a group; the verb gets the value of the group as its second argument.

    Options in `without` keep their defaults, and parameters of the group in `fixed` are no options. With `first` the
    options of the group stand before those of the verb, as a group with an option that must be said does.
    """
    every = inspect.signature(group, eval_str=True).parameters
    ours = {name: one for name, one in every.items() if name not in {"context", *without, *fixed}}

    def give(function: Verb) -> Verb:
        context, value, *own = inspect.signature(function, eval_str=True).parameters.values()

        def verb(context: typer.Context, **said: Any) -> None:
            chosen = group(context, **{name: said.pop(name) for name in list(said) if name in ours}, **fixed)
            function(context, **{value.name: chosen}, **said)

        verb.__doc__, verb.__name__ = function.__doc__, function.__name__
        parts = [*ours.values(), *own] if first else [*own, *ours.values()]
        verb.__signature__ = inspect.Signature([context, *parts])  # type: ignore[attr-defined]
        verb.__annotations__ = {}
        return verb

    return give
