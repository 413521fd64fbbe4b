"""Groups of options that several verbs take: a function of the context and the options makes a value of them."""

import inspect
from collections.abc import Callable, Collection
from typing import Any

import typer

Verb = Callable[..., Any]


def takes(
    group: Callable[..., object], without: Collection[str] = (), *, first: bool = False, **fixed: object
) -> Callable[[Verb], Verb]:
    """Give a verb the options of a group; the parameter of the verb that has the group's type gets the value.

    So a verb can take several groups, and a group can take another one. Options in `without` keep their defaults, and
    parameters of the group in `fixed` are no options. With `first` the options of the group stand before those of the
    verb.
    """
    made = inspect.signature(group, eval_str=True)
    ours = {name: one for name, one in made.parameters.items() if name not in {"context", *without, *fixed}}

    def give(function: Verb) -> Verb:
        taken = inspect.signature(function, eval_str=True)
        context, *own = taken.parameters.values()
        [value] = (one for one in own if one.annotation is made.return_annotation)
        own.remove(value)

        def verb(context: typer.Context, **said: Any) -> Any:
            chosen = group(context, **{name: said.pop(name) for name in list(said) if name in ours}, **fixed)
            return function(context, **{value.name: chosen}, **said)

        verb.__doc__, verb.__name__ = function.__doc__, function.__name__
        parts = [*ours.values(), *own] if first else [*own, *ours.values()]
        named = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parts]
        verb.__signature__ = taken.replace(parameters=[context, *named])  # type: ignore[attr-defined]
        verb.__annotations__ = {}
        return verb

    return give
