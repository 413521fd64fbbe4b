"""Defaults of options that prodcli.yaml says, put into the commands before a command line is parsed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcli.cli.commands.folding import fold_many
from prodcli.cli.commands.other_words import ALIASES, command_of

if TYPE_CHECKING:
    from prodcli.config.option_defaults import OptionDefaults

_NEVER = frozenset({"yes", "force", "unblock"})


def said_defaults(root_context: Any, words: Sequence[str]) -> OptionDefaults | None:
    """The defaults of the prodcli.yaml that a command line means; raises ConfigError for a verb that does not exist."""
    from prodcli.config.option_defaults import find_option_defaults

    named = root_context.params.get("site") or _site_in(words)
    found = find_option_defaults(Path(named) if named else None)
    for verb in found.by_verb if found else ():
        _require_verb(found, verb)  # type: ignore[arg-type] # without defaults there is no verb
    return found


def give_defaults(command: Any, path: str, said: OptionDefaults) -> None:
    """Give the options of a command, and of its commands, what prodcli.yaml says; raises ConfigError for a wrong entry."""
    below = getattr(command, "commands", {})
    for verb, values in said.by_verb.items():
        first, *more = _present(verb).split()
        if [first, *more] == path.split():
            for key, value in values.items():
                option = _option(command, path, verb, key, said)
                _give(option, value, said, verb, key)
        elif first == path and more and " ".join(more) not in below:
            raise said.fault(f"defaults: {path} has no command {' '.join(more)!r:.60}{_meant(more[0], below)}", verb)
    for name, one in below.items():
        give_defaults(one, f"{path} {name}", said)


def require_defaults(context: Any) -> None:
    """Raise ConfigError for a wrong entry of any verb; a command line only meets those of its own verb."""
    root = context.find_root()
    said = said_defaults(root, ())
    for verb in {_present(verb).partition(" ")[0] for verb in said.by_verb} if said else ():
        give_defaults(root.command.commands[verb], verb, said)  # type: ignore[arg-type] # without defaults no verb


def _site_in(words: Sequence[str]) -> str:
    """The value of --site behind the verb; empty without."""
    for word, after in pairwise([*words, ""]):
        if word == "--site" or word.startswith("--site="):
            return after if word == "--site" else word.partition("=")[2]
    return ""


def _present(verb: str) -> str:
    """A verb of the section by its present name: `status` is `query`."""
    first, *more = verb.split() or [""]
    return " ".join([command_of(first) or first, *more])


def _require_verb(said: OptionDefaults, verb: str) -> None:
    from prodcli.cli.command_groups import ENTRIES

    first = verb.partition(" ")[0]
    if command_of(first) is None:
        raise said.fault(f"defaults: there is no verb {first!r:.60}{_meant(first, [*ENTRIES, *ALIASES])}", verb)


def _option(command: Any, path: str, verb: str, key: str, said: OptionDefaults) -> Any:
    """The option of a command that a key names; raises ConfigError for another key, and for what is said each time."""
    known = {word.lstrip("-"): one for one in _options(command) for word in one.opts if word.startswith("--")}
    name = str(key).replace("_", "-")
    if name in _NEVER:
        raise said.fault(f"defaults: --{name} has no default; it is said each time", verb, key)
    if name in known:
        return known[name]
    if hasattr(command, "commands"):
        others = ", ".join(f"{path} {one}" for one in command.commands)
        raise said.fault(f"defaults: options belong to the commands of {path}: {others}", verb, key)
    raise said.fault(f"defaults: {path} has no option {name!r:.60}{_meant(name, set(known) - _NEVER)}", verb, key)


def _options(command: Any) -> Iterator[Any]:
    return (one for one in command.params if one.param_type_name == "option" and one.expose_value and not one.hidden)


def _give(option: Any, value: object, said: OptionDefaults, verb: str, key: str) -> None:
    """Let an option have a value where nothing is typed; help shows the value with its source."""
    if value is None:
        return
    words = _words(option, value)
    if option.type.name in ("path", "file", "directory"):
        words = [str(said.file.parent / Path(word).expanduser()) for word in words]
    if not words or (len(words) > 1 and not option.multiple) or isinstance(value, dict):
        raise said.fault(f"defaults: {key} of {verb} must be {'words' if option.multiple else 'one value'}", verb, key)
    try:
        option.type_cast_value(None, words if option.multiple else words[0])
    except Exception as failure:
        if not hasattr(failure, "format_message"):
            raise
        raise said.fault(f"defaults: {key} of {verb}: {getattr(failure, 'message', failure)}", verb, key) from None
    option.default = words if option.multiple else words[0]
    if getattr(option, "is_flag", False):
        option.default = option.type_cast_value(None, words[0])
    option.required, option.show_default = False, f"{' '.join(words)}, by {said.file.name}"


def _words(option: Any, value: object) -> list[str]:
    """The words of a value, as the command line would have them."""
    if isinstance(value, list):
        return [str(one) for one in value]
    if not option.multiple:
        return [str(value)]
    name = option.opts[0]
    return fold_many([name, *str(value).split()], {name})[1::2]


def _meant(word: str, known: object) -> str:
    from prodcli.names import did_you_mean

    return did_you_mean(word, known)  # type: ignore[arg-type] # any names
