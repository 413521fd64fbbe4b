"""Names and paths of catalogs, one a line, for other programs."""

from collections.abc import Iterable

from prodcli.cli.context import Session


def show_lines(session: Session, words: Iterable[str | None]) -> int:
    """Write words, one a line; returns the number of those left out, as they are empty or would break the line."""
    every = list(words)
    whole = [word for word in every if word and word.isprintable()]
    if whole:
        session.show_text("\n".join(whole))
    return len(every) - len(whole)
