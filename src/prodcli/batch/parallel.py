"""Asking schedds, several at once: each in a process of its own, as HTCondor's bindings hold Python's lock.

A process asks one schedd one thing, hands the answer back and ends. It opens no database. A schedd that hangs or is
down holds up nobody else.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from prodcli.batch import Batch
from prodcli.errors import BatchError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

T = TypeVar("T")
PATIENCE = 300.0  # seconds for one answer; 100,000 histories take some ten


def ask_each(
    batch: Batch, questions: Mapping[str, Callable[[Batch], T]], patience: float = PATIENCE
) -> Iterator[tuple[str, T | BatchError]]:
    """Ask the batch a question for each schedd, and yield the answers as they come: results, or why there is none.

    A question is anything that can be pickled and called, such as `methodcaller("living", schedd)`. A batch system that
    always answers is asked in this process.
    """
    if questions and batch.may_hang:
        yield from _ask_in_processes(batch, questions, patience)
        return
    for schedd, question in questions.items():
        yield schedd, answer_of(batch, question)


def ask(batch: Batch, schedd: str, question: Callable[[Batch], T], patience: float = PATIENCE) -> T:
    """Ask the batch one question for one schedd; raises BatchError, also if it hangs."""
    ((_, answer),) = ask_each(batch, {schedd: question}, patience)
    if isinstance(answer, BatchError):
        raise answer
    return answer


def answer_of(batch: Batch, question: Callable[[Batch], T]) -> T | BatchError:
    """What a batch system answers, or why there is no answer."""
    try:
        return question(batch)
    except BatchError as failure:
        return failure


def _ask_in_processes(
    batch: Batch, questions: Mapping[str, Callable[[Batch], T]], patience: float
) -> Iterator[tuple[str, T | BatchError]]:
    from multiprocessing.connection import wait

    deadline = time.monotonic() + patience
    asked = {}
    try:
        for schedd, question in questions.items():
            connection, process = _start(batch, question)
            asked[connection] = (schedd, process)
        while asked:
            ready = wait(list(asked), max(0.0, deadline - time.monotonic()))
            for connection in [one for one in asked if one in ready] or list(asked):
                schedd, process = asked[connection]
                answer = _receive(connection, schedd) if ready else _silence(schedd, patience)
                _end(connection, process)
                del asked[connection]
                yield schedd, answer
    finally:
        for connection, (_, process) in asked.items():
            _end(connection, process)


def _start(batch: Batch, question: Callable[[Batch], T]) -> "tuple[Connection, SpawnProcess]":
    from multiprocessing import get_context

    context = get_context("spawn")  # a fork would share the database's connection, and what the bindings have loaded
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_ask, args=(there, batch, question), daemon=True)
    process.start()
    there.close()
    return here, process


def _ask(there: "Connection", batch: Batch, question: Callable[[Batch], T]) -> None:
    """What a process does; Ctrl-C is for the one that asks, which ends this one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    there.send(answer_of(batch, question))


def _receive(connection: "Connection", schedd: str) -> T | BatchError:
    try:
        answer: T | BatchError = connection.recv()
    except (EOFError, OSError):
        return BatchError("the process that asked it died", where=f"schedd {schedd}")
    return answer


def _silence(schedd: str, patience: float) -> BatchError:
    return BatchError(f"no answer in {patience:.0f} s", where=f"schedd {schedd}", todo="is it hanging?")


def _end(connection: "Connection", process: "SpawnProcess") -> None:
    connection.close()
    process.kill()  # it has answered, or never will
    process.join()
