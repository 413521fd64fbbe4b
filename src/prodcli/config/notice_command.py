"""The site's hook for notices, by the configuration."""

import shlex

from prodcli.config.settings import Config
from prodcli.errors import ConfigError


def notice_command(config: Config) -> list[str]:
    """The words of the command that gets notices; empty without one. Raises ConfigError for words that no shell takes.

    A relative path counts from the folder of prodcli.yaml.
    """
    try:
        words = shlex.split(str(config.get("notices.command")))
    except ValueError as failure:
        raise ConfigError(f"notices.command: {failure}", where=str(config.file)) from None
    return [str(config.path(words[0])) if "/" in words[0] else words[0], *words[1:]] if words else []
