"""Named queries: files of SQL cut at `-- name:` headers, with `:name` parameters that become `?`.

The queries of a room stand beside its code, in `queries.sql` or, where they are many, in `queries_<subject>.sql`. A query
that several rooms run stands in the lowest of them. Both dialects read these files; `queries_sqlite.sql` and
`queries_postgresql.sql` hold what one dialect alone has. Smaller differences are words that look like functions:

    x IN (:list[int])                  a bound list of int or text
    RECORDS(:rows) AS r(id int, ...)   a bound list of records as a table: JSON, or a list for each column
    INTS(:list)  STATE(x)              a bound list as int[]; a text as the status enum
    NOW()  NOW(+600)                   the database's clock, seconds added
    AT(x)  EPOCH(x)                    seconds since 1970 -> time, and back
    HOUR(x)                            the full hour of a time; one before all times for NULL
    SECONDS(a, b)                      from naive time a to naive time b
    NO_TIME(x)                         x is neither NULL nor a time that a calendar has
    SEGMENT(x)                         x is a segment that an output can have
    TEXT(x)                            a text of another tool's database, whatever bytes it has
    LISTED(x)                          the integers of a group as `1,2,3`, in any order
    JOINED(x, y)                       the texts of a group with y in between, in any order
    TAB()  NEWLINE()                   these characters
    CELLS(a, b ...)                    values as a JSON list, for rows of different kinds in one statement
    SAME(x), y = ...                   in an update of j: x stays, which is said to PostgreSQL only

What several queries have is a fragment, `-- fragment: NAME(a, b)`, in which {a} and {b} stand for what a query gives: NAME(x, y).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from prodcli.resources import query_files

_HEADER = re.compile(r"(?m)^-- (name|fragment): (\w+)(?:\((.*)\))?\s*$")
_ARGUMENTS = r"(?:[^()]|\([^()]*\))*"
_ARGUMENT = re.compile(r"(?:[^(),]|\([^()]*\))+")
_PLACE = re.compile(r"\{(\w+)\}")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)")
_COMMENT = re.compile(r"(?m)^--.*$")
_ARRAY = re.compile(r"\b(?:IN |INTS)\(:(\w+)")
_NUMBER = re.compile(r"\d+")
_COLUMN = re.compile(r"(\w+) (\w+)")
_RECORDS = re.compile(r"\bRECORDS\((:\w+)\) AS (\w+)\(([^)]*)\)")
# The places where something other than a bound value is put in.
_CONSTRAINT = "/* constraint */ 1 = 1"  # a trusted rule's own condition; see docs/rules.md, Constraints
_KEY = "/* key */ NULL"  # a column: one of ours to group by, or a checked name of the configuration
_TABLE = "/* table */ run"  # a checked name of the configuration
_COLUMNS = "/* columns */ *"  # some of our own columns
_ORDER = "/* order */ "  # some of our own columns, each with a comma after it
_ROWS = "/* rows */ SELECT * FROM production_jobs"  # another query, which reads the rows that a query is about


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with `?` and the names of its parameters in order."""

    name: str
    sql: str
    parameters: tuple[str, ...]  # `rows.id` is a column of records
    arrays: frozenset[str]  # parameters that PostgreSQL takes as an array; other lists are JSON
    brought: str = ""  # the SQL in it that a rule or the configuration brought

    def bind(self, values: Mapping[str, object]) -> Sequence[object]:
        """The values in the order of the `?`; lists in the form of the dialect."""
        return [self._bound(values, *name.split(".")) for name in self.parameters]

    def _bound(self, values: Mapping[str, object], name: str, column: str = "") -> object:
        value = values[name]
        if column:
            return records(value).column(column)
        if isinstance(value, Records):
            return value.json
        if not isinstance(value, list | tuple):
            return value
        return _array(value) if name in self.arrays else records(value).json

    def constrained(self, condition: str) -> "Query":
        """The query with a trusted rule's condition at its place."""
        return replace(self._put(_CONSTRAINT, f"({condition})"), brought=condition) if condition else self

    def keyed(self, column: str) -> "Query":
        """The query grouped by a column."""
        return self._put(_KEY, column) if column else self

    def of_table(self, table: str) -> "Query":
        """The query on a table of the configuration."""
        return self._put(_TABLE, table)

    def with_columns(self, columns: Sequence[str]) -> "Query":
        """The query of some columns; raises ValueError for a text that names no column."""
        return self._put(_COLUMNS, ", ".join(map(_column, columns)))

    def ordered(self, columns: Sequence[str]) -> "Query":
        """The query in the order of some columns (`-name`: descending) first; rows without a value come last.

        Raises ValueError for a text that names no column.
        """
        ways = [(_column(one.removeprefix("-")), " DESC" if one.startswith("-") else "") for one in columns]
        return self._put(_ORDER, "".join(name + way + " NULLS LAST, " for name, way in ways))

    def about(self, rows: "Query") -> "Query":
        """The query about the rows of another query, whose values it takes, too."""
        before = self.sql.partition(_ROWS)[0].count("?")
        parameters = (*self.parameters[:before], *rows.parameters, *self.parameters[before:])
        return replace(self._put(_ROWS, rows.sql), parameters=parameters, arrays=self.arrays | rows.arrays)

    def _put(self, place: str, text: str) -> "Query":
        if place not in self.sql:
            raise ValueError(f"query {self.name} has no place for {text}")
        return replace(self, sql=self.sql.replace(place, text))


def _column(name: str) -> str:
    """The name of a column; raises ValueError for another text."""
    if not name.isidentifier():
        raise ValueError(f"{name!r} is no column")
    return name


class Queries(Mapping[str, Query]):
    """The queries of a text by name, each written in a dialect when first asked for: a command runs few of many.

    Raises ValueError for a name that stands twice.
    """

    def __init__(self, text: str, dialect: str) -> None:
        self._dialect = dialect
        self._texts: dict[str, str] = {}
        self._fragments: dict[str, _Fragment] = {}
        self._written: dict[str, Query] = {}
        for kind, name, parameters, body in _parts(text):
            if name in self._texts or name in self._fragments:
                raise ValueError(f"two queries have the name {name}")
            if kind == "name":
                self._texts[name] = body
            else:
                self._fragments[name] = _Fragment(tuple(_split(parameters)), body)
        self._uses = re.compile(rf"\b({'|'.join(self._fragments) or '(?!)'})\(({_ARGUMENTS})\)")

    def __getitem__(self, name: str) -> Query:
        if name not in self._written:
            self._written[name] = _write(name, self._expanded(self._texts[name]), self._dialect)
        return self._written[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def _expanded(self, sql: str) -> str:
        """SQL with its fragments filled in, nested ones too."""
        return self._uses.sub(lambda use: self._expanded(self._fragments[use[1]].filled(_split(use[2]))), sql)


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A piece of SQL that several queries share; the argument of a query for parameter a replaces `{a}`."""

    parameters: tuple[str, ...]
    sql: str

    def filled(self, arguments: Sequence[str]) -> str:
        """The SQL with the arguments of a query."""
        given = dict(zip(self.parameters, arguments, strict=True))
        return _PLACE.sub(lambda place: given[place[1]], self.sql)


def _parts(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Kind, name, parameters and SQL of each query and fragment in a text."""
    parts = _HEADER.split(text)[1:]
    for kind, name, parameters, body in zip(parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True):
        yield kind, name, parameters or "", _COMMENT.sub("", body).strip().rstrip(";")


def _split(arguments: str) -> list[str]:
    """Arguments of a fragment, which may have brackets themselves."""
    return [argument.strip() for argument in _ARGUMENT.findall(arguments)]


def _write(name: str, sql: str, dialect: str) -> Query:
    """A query in a dialect."""
    arrays = frozenset(_ARRAY.findall(sql) if dialect == "postgresql" else ())
    sql = _RECORDS.sub(_sqlite_records if dialect == "sqlite" else _postgresql_records, sql)
    for pattern, written in _WORDS.get(dialect, []):
        sql = pattern.sub(written, sql)
    return Query(name, _PARAMETER.sub("?", sql), tuple(_PARAMETER.findall(sql)), arrays)


@cache
def queries(dialect: str) -> Queries:
    """All queries in a dialect, of all rooms; raises ValueError for a name that stands twice."""
    return Queries("\n".join(file.read_text() for file in query_files(dialect)), dialect)


def ints_of(value: str | None) -> tuple[int, ...]:
    """The numbers of an int[] that was selected as text: `{1,2}` of PostgreSQL, `[1,2]` of SQLite; () for NULL."""
    return tuple(map(int, _NUMBER.findall(value or "")))


@dataclass(frozen=True)
class Records:
    """Rows as RECORDS takes them, written once for several statements; a column that a row lacks is NULL."""

    rows: Sequence[Any]
    _columns: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def json(self) -> str:
        """The rows as JSON, for SQLite."""
        return json.dumps(self.rows, separators=(",", ":"))

    def column(self, name: str) -> str:
        """A column as an array of PostgreSQL, which both sides write and read faster than JSON."""
        if name not in self._columns:
            self._columns[name] = _array([row.get(name) for row in self.rows])
        return self._columns[name]


def records(rows: Any) -> Records:
    """Rows for RECORDS."""
    return rows if isinstance(rows, Records) else Records(rows)


def _array(items: Sequence[object]) -> str:
    """A list as an array literal of PostgreSQL."""
    kinds = set(map(type, items))
    if kinds == {str}:
        plain = '","'.join(items)  # type: ignore[arg-type]
        if "\\" not in plain and plain.count('"') == 2 * (len(items) - 1):
            return '{"' + plain + '"}'
    if kinds <= {int}:
        return "{" + ",".join(map(str, items)) + "}"
    return "{" + ",".join(map(_element, items)) + "}"


def _element(item: object) -> str:
    """An element of a PostgreSQL array literal."""
    if item is None:
        return "NULL"
    if isinstance(item, int | float):
        return str(item)
    return '"' + str(item).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _postgresql_records(found: re.Match[str]) -> str:
    """A list for each column; PostgreSQL plans for a few records, not knowing how long they are."""
    lists = _COLUMN.sub(r"(SELECT CAST(:rows.\1 AS \2[]))", found[3]).replace(":rows", found[1])
    return found.expand(r"unnest(...) AS \2(").replace("...", lists) + _COLUMN.sub(r"\1", found[3]) + ")"


def _sqlite_records(found: re.Match[str]) -> str:
    """A JSON list as a table; SQLite needs every column named."""
    picked = _COLUMN.sub(r"CAST(json_extract(value, '$.\1') AS \2) AS \1", found[3])
    return found.expand(r"(SELECT ... FROM json_each(\1)) AS \2").replace("...", picked)


def _words(*pairs: tuple[str, str]) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern), written) for pattern, written in pairs]


_ISO = "'%Y-%m-%dT%H:%M:%fZ'"
_WORDS = {
    "postgresql": _words(
        (r"\bIN \((:\w+)\[(int|text)\]\)", r"= ANY(CAST(\1 AS \2[]))"),
        (r"\bINTS\((:\w+)\)", r"CAST(\1 AS int[])"),
        (r"\bSTATE\(([^()]+)\)", r"CAST(\1 AS prodstate)"),
        (r"\bNOW\(\)", r"now()"),
        (r"\bNOW\(([+-]\d+)\)", r"now() + interval '\1 seconds'"),
        (r"\bEPOCH\((now\(\)|[\w.]+)\)", r"CAST(EXTRACT(EPOCH FROM \1) AS bigint)"),
        (r"\bAT\((CAST\(:\w+ AS bigint\)|[\w.]+)\)", r"to_timestamp(\1)"),
        (r"\bHOUR\(([\w.]+)\)", r"prodcli_hour(EXTRACT(EPOCH FROM \1))"),
        # two times far apart cannot be subtracted as such
        (r"\bSECONDS\(([\w.]+), ([\w.]+)\)", r"CAST(EXTRACT(EPOCH FROM \2) - EXTRACT(EPOCH FROM \1) AS float8)"),
        (r"\bNO_TIME\(([\w.]+)\)", r"(\1 IS NOT NULL AND NOT isfinite(\1))"),
        (r"\bSEGMENT\(([\w.]+)\)", r"\1 BETWEEN 0 AND 1073741823"),
        # a database of no encoding gives bytes that a client cannot read
        (
            r"\bTEXT\(([\w.]+)\)",
            r"CASE WHEN getdatabaseencoding() = 'SQL_ASCII' AND \1 ~ '[^\\x01-\\x7f]'"
            r" THEN encode(convert_to(\1, 'SQL_ASCII'), 'escape') ELSE \1 END",
        ),
        (r"\bLISTED\(([\w.]+)\)", r"string_agg(CAST(\1 AS text), ',')"),
        (r"\bJOINED\(", r"string_agg("),
        (r"\bCELLS\(", r"json_build_array("),
        (r"\bTAB\(\)", r"chr(9)"),
        (r"\bNEWLINE\(\)", r"chr(10)"),
        (r"\bSAME\((\w+)\)", r"\1 = j.\1"),
    ),
    "sqlite": _words(
        (r"\bIN \((:\w+)\[(?:int|text)\]\)", r"IN (SELECT value FROM json_each(\1))"),
        (r"\bINTS\((:\w+)\)", r"\1"),
        (r"\bSTATE\(([^()]+)\)", r"\1"),
        (r"\bEPOCH\(NOW\(\)\)", r"CAST(strftime('%s', 'now') AS integer)"),
        (r"\bNOW\(\)", rf"strftime({_ISO}, 'now')"),
        (r"\bNOW\(([+-]\d+)\)", rf"strftime({_ISO}, 'now', '\1 seconds')"),
        (r"\bEPOCH\(([\w.]+)\)", r"CAST(strftime('%s', \1) AS integer)"),
        (r"\bAT\((CAST\(:\w+ AS bigint\)|[\w.]+)\)", rf"strftime({_ISO}, \1, 'unixepoch')"),
        (r"\bHOUR\(([\w.]+)\)", r"COALESCE(substr(\1, 1, 13) || ':00:00.000Z', '')"),
        # julianday is good to 0.1 ms; the rounding keeps a run of exactly 300 s at 300 s
        (r"\bSECONDS\(([\w.]+), ([\w.]+)\)", r"ROUND((julianday(\2) - julianday(\1)) * 86400.0, 3)"),
        (r"\bNO_TIME\(([\w.]+)\)", r"(\1 IS NOT NULL AND julianday(\1) IS NULL)"),
        (r"\bSEGMENT\(([\w.]+)\)", r"(typeof(\1) = 'integer' AND \1 BETWEEN 0 AND 1073741823)"),
        (r"\bTEXT\(([\w.]+)\)", r"\1"),
        (r"\bLISTED\(([\w.]+)\)", r"group_concat(\1)"),
        (r"\bJOINED\(", r"group_concat("),
        (r"\bCELLS\(", r"json_array("),
        (r"\bTAB\(\)", r"char(9)"),
        (r"\bNEWLINE\(\)", r"char(10)"),
        (r"\bSAME\(\w+\),\s*", ""),
    ),
}
