"""The functions that a statement may call, found before a database runs it."""

import re

# A name before a bracket, or before a comment, after which a bracket may come: more is found than is called, and all that is.
_CALLED = re.compile(r"""([^\W\d][\w$]*)"?\s*(?:\(|--|/\*)""")


_ESCAPED_NAME = re.compile(r"(?i)\bu&\"")


def called(sql: str) -> set[str]:
    """The names of all functions that SQL may call, as written and in small letters.

    Raises ValueError for escaped names.
    """
    if _ESCAPED_NAME.search(sql):
        raise ValueError('names written as U&"..." are not allowed, as nobody can tell what they call')
    names = {found[1] for found in _CALLED.finditer(sql)}
    return names | {name.lower() for name in names}
