"""The session of a command: configuration, databases, batch system, and ways to show results.

Nothing is opened before its first use.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from prodcli.batch import Batch
    from prodcli.cli.tables.view import View
    from prodcli.config.profile import Site
    from prodcli.config.settings import Config
    from prodcli.db import Database
    from prodcli.progress import Advance
    from prodcli.tables.table import Table

_STANDBYS = {"production": "production_read", "production_read": "production"}


class Session:
    """The state of one command; made by the root callback."""

    def __init__(
        self, site_file: Path | None, testbed: bool, quiet: bool, verbose: bool, zone: str | None = None
    ) -> None:
        self.site_file = site_file
        self.force_testbed = testbed
        self.quiet = quiet
        self.verbose = verbose
        self.zone_name = zone
        self._databases: dict[tuple[str, bool], Database] = {}
        self._to_announce = True

    @cached_property
    def config(self) -> Config:
        """The configuration; stderr says whether the command acts in production or in a testbed."""
        from prodcli.config.find_config import current_folder, find_config
        from prodcli.config.settings import load_config

        here = current_folder()
        config = load_config(find_config(self.site_file, os.environ, here), here, self.force_testbed)
        self.say(f"{config.mode}, {config.file}")
        return config

    @cached_property
    def zone(self) -> tzinfo:
        """The time zone of the times that people see; raises UsageError for an unknown --zone.

        The configuration says the zone where the command has read the configuration.
        """
        from prodcli.config.zones import zone_named
        from prodcli.errors import UsageError

        if self.zone_name is None:
            return self.config.zone if "config" in vars(self) else UTC
        try:
            return zone_named(self.zone_name)
        except ValueError as failure:
            raise UsageError(str(failure), where="--zone") from None

    def use(self, config: Config) -> None:
        """Use a configuration that was made just now."""
        self.config = config

    @property
    def site(self) -> Site:
        """The site profile."""
        return self.config.site

    @cached_property
    def has_config(self) -> bool:
        """True if a prodcli.yaml is named or found."""
        from prodcli.config.find_config import current_folder, search_config

        return self.force_testbed or search_config(self.site_file, os.environ, current_folder()) is not None

    @cached_property
    def rule_site(self) -> Site:
        """The site profile for rule files; the built-in one without a prodcli.yaml."""
        from prodcli.config.settings import built_in_site

        if self.has_config:
            return self.site
        site = built_in_site()
        self.say(f"no prodcli.yaml is found; the built-in profile {site.name} is used")
        return site

    def database(self, name: str, read_only: bool = False) -> Database:
        """A database by its role; connected at its first statement.

        Of the books, master and replica stand in for each other where they are only read.
        """
        key = (name, read_only)
        if key not in self._databases:
            self._databases[key] = self._opened(name, read_only)
        return self._databases[key]

    def another_database(self, name: str) -> Database:
        """A database to read from, over a connection of its own, for another thread; whoever asked for it closes it."""
        return self._opened(name, read_only=True)

    def _opened(self, name: str, read_only: bool) -> Database:
        from prodcli.db import open_database, open_with_standby

        url, timeouts, standby = self.config.url(name), self.config.timeouts(name), _STANDBYS.get(name)
        named = f"databases.{standby}" in self.config.values
        if standby is None or not (read_only and named) or self.config.url(standby) == url:
            return open_database(url, read_only, timeouts)
        return open_with_standby(url, timeouts, self.config.url(standby), self.config.timeouts(standby))

    def catalog(self, role: str, read_only: bool = True) -> Database:
        """A database that not every rule needs; one that the configuration lacks fails at its first statement."""
        return self._absent(role) or self.database(role, read_only)

    def another_catalog(self, role: str) -> Database:
        """A catalog to read from, over a connection of its own, for another thread; whoever asked for it closes it."""
        return self._absent(role) or self.another_database(role)

    def _absent(self, role: str) -> Database | None:
        """A database that fails at its first statement, for a role that the configuration lacks."""
        from prodcli.db import absent_database
        from prodcli.errors import ConfigError

        try:
            self.config.url(role)
        except ConfigError as missing:
            return absent_database(missing)
        return None

    @property
    def owner(self) -> Database:
        """The production database for migrations; its statements have no time limit."""
        from prodcli.db import open_database
        from prodcli.db.postgresql import Timeouts

        key = ("production for its owner", False)
        if key not in self._databases:
            timeouts = Timeouts(self.config.timeouts("production").login)
            self._databases[key] = open_database(self.config.url("production"), timeouts=timeouts)
        return self._databases[key]

    def close(self) -> None:
        """Close the databases that were used."""
        for database in self._databases.values():
            database.close()

    def trace_queries(self, trace: Callable[[str, str], None]) -> None:
        """Report to `trace` every statement of the used databases: query and database, text with values."""
        for (role, _), database in self._databases.items():
            database.trace = lambda query, sql, place=f"{role} ({database.where})": trace(f"{query} on {place}", sql)

    @cached_property
    def batch(self) -> Batch:
        """The batch system."""
        from prodcli.batch.open import open_batch

        return open_batch(self.config)

    def keep_log(self) -> None:
        """Write the log to a rotated file, too, as cron discards output."""
        from prodcli.cli.log_file import open_log

        logging.getLogger("prodcli").addHandler(open_log(self.config.logs))
        logging.getLogger("prodcli").info("prodcli %s", " ".join(sys.argv[1:]))

    def say(self, text: str) -> None:
        """Tell people something that is no result; silent with --quiet."""
        from prodcli.errors import one_line

        if not self.quiet:
            sys.stderr.write(f"prodcli: {one_line(text)}\n")

    def warn(self, text: str) -> None:
        """Warn people of trouble that does not end the command; also with --quiet."""
        from prodcli.errors import one_line

        sys.stderr.write(f"prodcli: {one_line(text)}\n")

    def show(self, table: Table, view: View | str = "table") -> None:
        """Show a result in a format, or in the view that was asked for."""
        from prodcli.cli.tables.show import show

        if str(view if isinstance(view, str) else view.style) in ("table", "markdown"):
            table = replace(table, announced=self._announcements())
        show(table, view, self.zone)

    def show_announcements(self) -> None:
        """Show what people announce, above a page that does not begin with a table."""
        from prodcli.cli.tables.terminal import show_announced

        if found := self._announcements():
            show_announced(found)

    def _announcements(self) -> list[str]:
        """What people announce, once for a command or a look; nothing where no books have been asked."""
        from prodcli.services.announcements import lines_of

        books = next((one for (role, _), one in self._databases.items() if role in _STANDBYS), None)
        if books is None or not self._to_announce:
            return []
        self._to_announce = False
        return lines_of(books, self.zone)

    def show_live(self, make: Callable[[], Table], view: View, until: Callable[[], bool] | None = None) -> None:
        """Show a table, with --watch again and again; with a condition until that holds."""
        from prodcli.cli.tables.watch import watch

        if view.watch is None and until is None:
            self.show(make(), view)
        else:
            watch(make, lambda table: self._show_anew(table, view), view.watch, until)

    def _show_anew(self, table: Table, view: View) -> None:
        self._to_announce = True
        self.show(table, view)

    def show_again(self, look: Callable[[], None], view: View) -> None:
        """Show what several tables say, with --watch again and again."""
        from prodcli.cli.tables.watch import clear_terminal, look_again

        def anew() -> None:
            self._to_announce = True
            clear_terminal()
            look()

        if view.watch is None:
            look()
        else:
            look_again(anew, view.watch)

    def summarize_table(self, table: Table, view: View | str = "table") -> None:
        """Show the result of a pass; the table only without --quiet."""
        style = view if isinstance(view, str) else view.style
        if not (self.quiet and style == "table"):
            self.show(table, view)

    def show_text(self, text: str) -> None:
        """Show a result that is a text, of which a terminal obeys nothing."""
        from prodcli.errors import readable
        from prodcli.secrets import hide_secrets

        sys.stdout.write(readable(hide_secrets(text)).rstrip("\n") + "\n")

    def summarize(self, text: str) -> None:
        """Show the result of a pass, unless --quiet."""
        if not self.quiet:
            self.show_text(text)

    def show_json(self, data: Any) -> None:
        """Show a result as JSON."""
        from prodcli.secrets import hide_in

        sys.stdout.write(json.dumps(hide_in(data), indent=1) + "\n")

    def progress(self, text: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Show the progress of a long step, on a terminal and after a second."""
        from prodcli.cli.tables.progress_bar import progress_bar
        from prodcli.progress import silent

        return progress_bar(text, total) if self._shows_progress else silent(text, total)

    @property
    def _shows_progress(self) -> bool:
        return sys.stderr.isatty() and not self.quiet


def current(context: typer.Context) -> Session:
    """The session of a command."""
    session = context.find_root().obj
    if not isinstance(session, Session):
        raise TypeError("the root callback has not run")
    return session
