"""Importing the states of services: from the commands of the site, from JSON, from a table of another database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodcli.errors import UsageError
from prodcli.services.booked import note_checked, services_now, set_states
from prodcli.services.reported import Reported, from_command, from_rows
from prodcli.services.site_commands import run_command
from prodcli.services.states import ServiceState, Spell

if TYPE_CHECKING:
    from prodcli.config.profile import Site
    from prodcli.db import Database, Transaction

_AT_ONCE = 8  # commands


@dataclass(frozen=True, slots=True)
class Imported:
    """A reported state, and what became of it: `new`, `unchanged`, or left alone as the service is in maintenance."""

    reported: Reported
    done: str


def ask_commands(site: Site, names: Sequence[str]) -> list[Reported]:
    """Ask the commands of services, side by side; a command that cannot be started says nothing of its service.

    Without names all services with a command are asked. Raises UsageError for a service without one.
    """
    commands = {name: terms.command for name, terms in site.services.items() if terms.command}
    for name in names:
        if name not in commands:
            raise UsageError(
                f"service {name} has no command", where="services import", todo="site.services in prodcli.yaml"
            )
    wanted = {name: commands[name] for name in names or commands}
    if not wanted:
        raise UsageError("no service of the site has a command", where="services import", todo="give a FILE of JSON")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = dict(
            zip(wanted, pool.map(lambda words: run_command(words, site.folder), wanted.values()), strict=True)
        )
    missing = {name: answer for name, answer in answers.items() if answer.code == 127}
    if len(missing) == len(answers):
        raise UsageError(next(iter(missing.values())).text.strip() or "no command is found", where="services import")
    return [
        from_command(name, answer.code, answer.text, wanted[name][0])
        for name, answer in answers.items()
        if name not in missing
    ]


def read_table(database: Database, table: str) -> list[Reported]:
    """The states in a table with the columns service and state, and maybe since, until and note.

    Raises UsageError for a name that is no table's, DatabaseError if the table cannot be read.
    """
    if not all(part.isidentifier() for part in table.split(".")) or table.count(".") > 1:
        raise UsageError(f"{table!r:.60} is no name of a table", where="--table")

    def work(tx: Transaction) -> list[Reported]:
        columns, rows = tx.statement(tx.named("reported_services").of_table(table), (), "reported_services")
        return from_rows(columns, rows, table)

    return database.read(work)


def import_states(books: Database, found: Sequence[Reported], author: str, dry_run: bool = False) -> list[Imported]:
    """Write reported states that differ from what the books know; a service in maintenance stays there.

    Windows that are over or to come are written as they are; to write one again changes nothing.
    """
    now, known = services_now(books)
    current = {one.service: one for one in known}
    judged = [Imported(one, _judged(one, current, now)) for one in found]
    new = [one.reported for one in judged if one.done == "new"]
    if not dry_run:
        for batch in _each_service_once(new):
            set_states(books, [_spell(one, author, now) for one in batch])
        same = [current[one.reported.service].id for one in judged if one.done == "unchanged"]
        note_checked(books, [number for number in same if number])
    return judged


def _judged(one: Reported, current: Mapping[str, Spell], now: int) -> str:
    before = current.get(one.service)
    if one.until is not None and (one.until <= now or (one.since or now) > now):
        return "new"
    if before is None:
        return "new"
    if before.state == one.state:
        return "unchanged"
    return "in maintenance" if before.state == ServiceState.MAINTENANCE and one.since is None else "new"


def _each_service_once(found: Sequence[Reported]) -> list[list[Reported]]:
    """Reported states in lists that have each service once, in their order."""
    lists: list[list[Reported]] = []
    for one in found:
        room = next((each for each in lists if one.service not in {other.service for other in each}), None)
        if room is None:
            lists.append([one])
        else:
            room.append(one)
    return lists


def _spell(one: Reported, author: str, now: int) -> Spell:
    since = one.since if one.since is not None else now
    return Spell(one.service, one.state, since, one.until, one.note, author, checked=now)
