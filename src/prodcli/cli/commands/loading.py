"""The commands by name, each loaded on first use, and each with the options of the root, which may stand after the verb."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import typer

from prodcli.cli.command_groups import ENTRIES
from prodcli.cli.commands.by_hand import prefer_typed_words
from prodcli.cli.commands.run_words import take_runs_as_words
from prodcli.cli.commands.shells import offer_files

Take = Callable[[Any, Any, Any], None]  # what an option of the root does with context, parameter and value


class Verbs(Mapping[str, Any]):
    """The commands by name; `query` does not load the code of `submit`."""

    def __init__(self, root_options: Sequence[Any], take: Take) -> None:
        self._after_verb = [_after_the_verb(option, take) for option in root_options]

    def __getitem__(self, name: str) -> Any:
        if name not in ENTRIES:
            raise KeyError(name)
        word = name.replace("-", "_")
        module, holder = import_module(f"prodcli.cli.{ENTRIES[name].room}.{word}"), typer.Typer(rich_markup_mode=None)
        if hasattr(module, "app"):
            holder.add_typer(module.app, name=name)
        else:
            holder.command(name, epilog=module.EXAMPLE)(getattr(module, word))
        return self._complete(typer.main.get_group(holder).commands[name])

    def __iter__(self) -> Iterator[str]:
        return iter(ENTRIES)

    def __len__(self) -> int:
        return len(ENTRIES)

    def _complete(self, command: Any) -> Any:
        """Add to a command and to its commands what stands outside of their files; an option of their own comes first."""
        own = {word for parameter in command.params for word in parameter.opts}
        command.params += [option for option in self._after_verb if not own.intersection(option.opts)]
        take_runs_as_words(command)
        offer_files(command)
        prefer_typed_words(command)
        for below in getattr(command, "commands", {}).values():
            self._complete(below)
        return command


def _after_the_verb(option: Any, take: Take) -> Any:
    """An option of the root as an option of a verb, which help does not list again."""
    twin = copy.copy(option)
    twin.hidden, twin.expose_value, twin.callback = True, False, option.callback or take
    return twin
