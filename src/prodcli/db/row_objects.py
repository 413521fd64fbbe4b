"""Rows of a query as objects, by the names of the columns: a new column in the middle changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from inspect import Parameter, signature
from itertools import starmap
from operator import itemgetter
from typing import Any, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


def maker(make: Callable[..., T], columns: Sequence[str]) -> Callable[[Iterable[Row]], Iterator[T]]:
    """The function that calls `make`, a class or a function, for each row with the columns of its parameters.

    Raises TypeError unless each parameter has its column and each column its parameter, or `**rest`.
    """
    parameters = signature(make).parameters
    if any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values()):
        return lambda rows: (make(**dict(zip(columns, row, strict=True))) for row in rows)
    if sorted(columns) != sorted(parameters):
        raise TypeError(f"{make.__name__} takes {', '.join(parameters)}, and gets {', '.join(columns)}")
    order = [columns.index(name) for name in parameters]
    if order == sorted(order):
        return lambda rows: starmap(make, rows)
    in_order = itemgetter(*order)
    return lambda rows: starmap(make, map(in_order, rows))
