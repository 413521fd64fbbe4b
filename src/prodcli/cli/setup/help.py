"""prodcli help."""

from typing import Annotated, Any

import typer

from prodcli.cli.commands.ten_words import in_lines
from prodcli.cli.complete import complete_commands
from prodcli.cli.context import current

EXAMPLE = "Example: prodcli help query"


def help(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VERB]", help="A verb, like `query` or `rules list`; or `words`.", autocompletion=complete_commands
        ),
    ] = None,
) -> None:
    """Show this list, the help of a verb, or the words.

    `prodcli help words` explains the ten words that this tool uses.
    """
    if words == ["words"]:
        current(context).show_text(in_lines())
        return
    asked: Any = context.find_root()
    for word in words or ():
        group = asked.command
        if not hasattr(group, "commands"):
            break
        name, command, _ = group.resolve_command(asked, [word])
        asked = type(asked)(command, info_name=name, parent=asked)
    current(context).show_text(asked.get_help())
