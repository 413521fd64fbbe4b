"""SQL of a rule, checked as text: one reading statement. The database's read-only transaction is the real protection.

Pure: data in, data out.
"""

import re

# What may hold marks that mean nothing: texts, names, comments.
_PART = re.compile(
    r"""(?P<text>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"""
    r"""|(?P<jinja>\{\{.*?\}\}|\{%.*?%\}|\{\#.*?\#\})"""
    r"""|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<mark>[;?'"])""",
    re.DOTALL,
)
_BEGINS = re.compile(r"(?i)\s*(?:with|select)\b")
_FILE = re.compile(r"[\w./-]+\.sql(?:\.j2)?")


def statement(text: str, marks: bool = False) -> str:
    """One SELECT (or WITH ... SELECT) without comments and closing semicolon, or the file name of a template.

    Raises ValueError for other text; a `?` is allowed with `marks` only, where it stands for a bound value.
    """
    if _FILE.fullmatch(text.strip()):
        return text.strip()
    bare = _PART.sub(_without_comments, text).strip()
    while bare.endswith(";"):
        bare = bare[:-1].rstrip()
    for found in _PART.finditer(bare):
        if found["mark"] == ";":
            raise ValueError("an SQL query is one statement without ;")
        if found["mark"] == "?" and not marks:
            raise ValueError("the drivers take a ? for a bound value; write the function, as jsonb_exists(a, b)")
        if found["mark"] in ("'", '"'):
            raise ValueError(f"a {found['mark']} is not closed")
    if not _BEGINS.match(bare) and not bare.startswith(("{%", "{{")):
        raise ValueError("an SQL query begins with SELECT or WITH")
    if "\0" in bare:
        raise ValueError("SQL holds no control characters")
    return _tidy(bare)


def is_file(text: str) -> bool:
    """True for the file name of a template."""
    return _FILE.fullmatch(text) is not None


def with_tables(sql: str, tables: str) -> str:
    """Put further tables (`name AS (...), ...`) before a query, or into its own WITH."""
    found = re.match(r"(?i)\s*with(\s+recursive)?\s", sql)
    if found is None:
        return f"WITH {tables} {sql}"
    return f"WITH{found[1] or ''} {tables}, {sql[found.end() :]}"


def _tidy(sql: str) -> str:
    """The text without tabs, and without blanks at the ends of lines, except within texts.

    The layout of a query is no difference.
    """
    parts, at = [], 0
    for found in (*_PART.finditer(sql), None):
        gap = sql[at : found.start() if found is not None else len(sql)]
        parts.append(re.sub(r"[ ]+(?=\n)", "", gap.replace("\t", "    ").replace("\r", "")))
        if found is not None:
            parts.append(found[0])
            at = found.end()
    return "".join(parts)


def _without_comments(found: re.Match[str]) -> str:
    return " " if found["comment"] is not None else found[0]
