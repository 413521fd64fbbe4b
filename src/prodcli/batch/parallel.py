"""Ask several schedds at once: each in a process of its own, as HTCondor's bindings hold Python's lock.

A process asks one schedd one question, hands the answer back, in parts if it is long, and ends. It opens no database. A
schedd that hangs or is down does not stop the others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from prodcli.batch import Batch
from prodcli.errors import BatchError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

T = TypeVar("T")
PATIENCE = 300.0  # seconds for one answer, or a part of it; 100,000 histories take some twenty


def ask_each(
    batch: Batch, questions: Mapping[str, Callable[[Batch], T]], patience: float = PATIENCE
) -> Iterator[tuple[str, T | BatchError]]:
    """Ask the batch a question for each schedd, and yield the answers as they come.

    Results, or the reason of a failure.

    A question is anything that can be pickled and called, such as `methodcaller("living", schedd)`. A batch system that
    always answers is asked in this process.
    """
    yield from ask_in_parts(batch, {schedd: _Once(question) for schedd, question in questions.items()}, patience)


def ask_in_parts(
    batch: Batch, questions: Mapping[str, Callable[[Batch], Iterable[T]]], patience: float = PATIENCE
) -> Iterator[tuple[str, T | BatchError]]:
    """Ask each schedd a question whose answer has parts, and yield the parts as they come; a failure is the last part.

    A schedd reads on while its earlier parts are worked on here. Each part may take as long as an answer.
    """
    if questions and batch.capabilities.may_hang:
        yield from _ask_in_processes(batch, questions, patience)
        return
    for schedd, question in questions.items():
        for part in parts_of(batch, question):
            yield schedd, part


def ask(batch: Batch, schedd: str, question: Callable[[Batch], T], patience: float = PATIENCE) -> T:
    """Ask the batch one question for one schedd; raises BatchError for a failure, and for a schedd that hangs."""
    ((_, answer),) = ask_each(batch, {schedd: question}, patience)
    if isinstance(answer, BatchError):
        raise answer
    return answer


def answer_of(batch: Batch, question: Callable[[Batch], T]) -> T | BatchError:
    """The answer of a batch system, or the reason of its failure."""
    (answer,) = parts_of(batch, _Once(question))
    return answer


def parts_of(batch: Batch, question: Callable[[Batch], Iterable[T]]) -> Iterator[T | BatchError]:
    """The parts of an answer; after a failure its reason is the last part."""
    try:
        yield from question(batch)
    except BatchError as failure:
        yield failure
    except OSError as failure:
        yield BatchError(failure.strerror or str(failure), where=str(failure.filename or ""))


@dataclass(frozen=True, slots=True)
class _Once(Generic[T]):
    """A question whose answer has one part."""

    question: Callable[[Batch], T]

    def __call__(self, batch: Batch) -> list[T]:
        return [self.question(batch)]


class _End:
    """The sign after the last part."""


def _ask_in_processes(
    batch: Batch, questions: Mapping[str, Callable[[Batch], Iterable[T]]], patience: float
) -> Iterator[tuple[str, T | BatchError]]:
    from multiprocessing.connection import wait

    asked = {}
    try:
        for schedd, question in questions.items():
            connection, process = _start(batch, question)
            asked[connection] = (schedd, process)
        while asked:
            ready = wait(list(asked), patience)
            for connection in [one for one in asked if one in ready] or list(asked):
                schedd, process = asked[connection]
                part = _receive(connection, schedd) if ready else _silence(schedd, patience)
                if isinstance(part, _End | BatchError):
                    _end(connection, process)
                    del asked[connection]
                if not isinstance(part, _End):
                    yield schedd, part
    finally:
        for connection, (_, process) in asked.items():
            _end(connection, process)


def _start(batch: Batch, question: Callable[[Batch], Iterable[T]]) -> "tuple[Connection, SpawnProcess]":
    from multiprocessing import get_context

    context = get_context("spawn")  # a fork would share the database's connection, and what the bindings have loaded
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_ask, args=(there, batch, question), daemon=True)
    process.start()
    there.close()
    return here, process


def _ask(there: "Connection", batch: Batch, question: Callable[[Batch], Iterable[T]]) -> None:
    """The work of a process; Ctrl-C reaches the asking process, which ends this one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(BrokenPipeError):  # the one that asks was killed
        for part in parts_of(batch, question):
            there.send(part)
        there.send(_End())


def _receive(connection: "Connection", schedd: str) -> T | BatchError | _End:
    try:
        part: T | BatchError | _End = connection.recv()
    except (EOFError, OSError):
        return BatchError("the process that asked it died", where=f"schedd {schedd}")
    return part


def _silence(schedd: str, patience: float) -> BatchError:
    return BatchError(f"no answer in {patience:.0f} s", where=f"schedd {schedd}", todo="is it hanging?")


def _end(connection: "Connection", process: "SpawnProcess") -> None:
    connection.close()
    process.kill()  # it has answered, or never will
    process.join()
