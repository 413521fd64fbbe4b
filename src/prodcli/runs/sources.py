"""Find the runs of a selector: by SQL, table, file or URL of prodcli.yaml, by the catalogs, by a label, or by a plugin."""

from __future__ import annotations

import logging
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.client import HTTPException, InvalidURL
from pathlib import Path
from typing import Any

from prodcli.db import Database, Transaction
from prodcli.db.queries import Query
from prodcli.errors import ConfigError, DatabaseError, ProdError, UsageError, one_line
from prodcli.names import did_you_mean
from prodcli.runs.labels import LABEL, runs_with
from prodcli.runs.plugins import call_plugin, plugin_names
from prodcli.runs.selection import ALL_RUNS, RunSelection, parse_runlist
from prodcli.runs.selector import BUILT_IN, GROUP, Call, Source
from prodcli.text_files import read_text, why_unreadable

log = logging.getLogger(__name__)
_PATIENCE = 20.0  # seconds for a URL, all in all
_MOST_BYTES = 10_000_000
_DIGITS = re.compile(r"\s*[0-9]+\s*")


@dataclass(frozen=True)
class RunSources:
    """All selectors; `database` opens a database for reading by its role or URL."""

    defined: dict[str, Source]
    folder: Path
    database: Callable[[str], Database]
    default_runs: tuple[int, int]

    def names(self) -> list[str]:
        """The names of all selectors, sorted."""
        return sorted({*self.defined, *BUILT_IN, *plugin_names(GROUP)})

    def runs(self, call: Call) -> RunSelection:
        """The runs of a selector; raises UsageError for an unknown selector."""
        found = self._found(call)
        if call.within is None:
            return found
        return found.without(ALL_RUNS.without(call.within))

    def _found(self, call: Call) -> RunSelection:
        if call.name in self.defined:
            call.require_only()
            return self._defined(self.defined[call.name])
        if call.name == "fully-transferred":
            call.require_only()
            return self._fully_transferred(call)
        if call.name == "new":
            call.require_only("window")
            return self._new(call)
        if call.name.startswith(LABEL):
            call.require_only()
            return self._labelled(call.name.removeprefix(LABEL))
        if call.name in plugin_names(GROUP):
            answer = call_plugin(GROUP, call.name, **call.arguments)
            return named_runs(answer, f"plugin {call.name}")
        known = did_you_mean(call.name, [*self.names(), f"{LABEL}NAME"])
        raise UsageError(f"{call.name!r:.60} is not a run number, a range or a selector{known}")

    def _labelled(self, label: str) -> RunSelection:
        """The runs that people gave a label; a label that no run has is an error, as `--exclude` of it would leave out nothing."""
        return RunSelection((), frozenset(runs_with(self.database("production"), label)))

    def _defined(self, source: Source) -> RunSelection:
        values = source.values
        if "file" in values:
            return self._file(source)
        if "url" in values:
            return parse_runlist(_fetched(source), source.where)
        if "sql" in values:
            sql = values["sql"].strip().rstrip(";")
            return self._read(
                source.where, values["database"], lambda _: Query(source.where, sql, (), frozenset(), sql)
            )
        return self._read(
            source.where,
            values["database"],
            lambda tx: tx.named("runs_of_table").keyed(values["column"]).of_table(values["table"]),
        )

    def _read(self, where: str, database: str, query: Callable[[Transaction], Query], **bound: object) -> RunSelection:
        try:
            rows = self.database(database).read(lambda tx: [row[0] for row in tx.rows(query(tx), **bound)])
        except DatabaseError as failure:
            raise DatabaseError(failure.what, where=f"selector {where}, {failure.where}") from failure
        return named_runs(rows, f"selector {where}")

    def _file(self, source: Source) -> RunSelection:
        path = self.folder / Path(source.values["file"]).expanduser()
        return parse_runlist(_in_file(source, path), str(path))

    def _fully_transferred(self, call: Call) -> RunSelection:
        """Runs whose raw files have all arrived, among the runs asked for, else in the site's default range."""
        spans = call.within.spans if call.within else [self.default_runs]
        values = [{"low": low, "high": high} for low, high in spans]
        return self._read(call.name, "daq", lambda tx: tx.named("transferred_runs"), spans=values)

    def _new(self, call: Call) -> RunSelection:
        """Runs that ended within the window before the newest end.

        Naive local times are only compared with each other.
        """
        return self._read(call.name, "daq", lambda tx: tx.named("new_runs"), window=call.seconds("window"))


def named_runs(values: Iterable[Any], where: str) -> RunSelection:
    """The run numbers among values; other values are left out with one warning.

    Raises ProdError if no value is a run number.
    """
    try:
        listed = list(values)
    except TypeError:
        raise ProdError("the selector gives no list of runs", where=where) from None
    others = [one_line(str(value)) for value in listed if not _is_run(value)]
    if others and len(others) == len(listed):
        raise ProdError(f"the selector gives {others[0]:.60} instead of run numbers", where=where)
    if others:
        log.warning("%s: %d of %d values are not run numbers, like %.60s", where, len(others), len(listed), others[0])
    return RunSelection((), frozenset(int(value) for value in listed if _is_run(value)))


def _is_run(value: object) -> bool:
    """True for a whole number, in any form that a database returns."""
    try:
        if isinstance(value, str) and not _DIGITS.fullmatch(value):  # int() also reads 6_6 and digits of other scripts
            return False
        return not isinstance(value, bool | None) and int(value) == float(value) and int(value) in ALL_RUNS  # type: ignore[call-overload, arg-type]
    except (TypeError, ValueError, OverflowError):
        return False


def _in_file(source: Source, path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, UnicodeDecodeError) as failure:
        raise ConfigError(f"{source.where} cannot be read: {why_unreadable(failure)}", where=str(path)) from None


def _fetched(source: Source) -> str:
    """The text behind a URL: within 20 s and 10 MB; redirections stay within http and https."""
    url = source.values["url"]
    if url.startswith("file://"):
        return _in_file(source, Path("/") / urllib.request.url2pathname(url.removeprefix("file://").partition("/")[2]))
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    until = time.monotonic() + _PATIENCE
    data = b""
    try:
        with opener.open(url, timeout=_PATIENCE) as answer:
            while part := answer.read1(65536) if hasattr(answer, "read1") else answer.read(65536):
                data += part
                if len(data) > _MOST_BYTES or time.monotonic() > until:
                    raise ConfigError(f"{source.where}: more than 10 MB, or more than 20 s", where=url)
        return data.decode("utf-8-sig")
    except (OSError, HTTPException, UnicodeDecodeError, ValueError) as failure:
        if isinstance(failure, urllib.error.HTTPError):
            failure.close()
        raise ConfigError(f"{source.where} cannot be read: {_words_of(failure)}", where=url) from None


def _words_of(failure: Exception) -> str:
    """Why a URL cannot be read; the text never quotes a malformed URL, which may hold a password."""
    malformed = isinstance(failure, ValueError) and not isinstance(failure, UnicodeDecodeError | OSError)
    if malformed or isinstance(failure, InvalidURL):
        return "the URL is malformed"
    return one_line(str(failure.reason if isinstance(failure, urllib.error.URLError) else failure))
