"""Lists of steering files: a path a line, with comments."""

import re
from pathlib import Path

from prodcli.config.find_config import current_folder
from prodcli.errors import UsageError
from prodcli.names import from_folder
from prodcli.steering.read import home_folder
from prodcli.text_files import read_text, why_unreadable

_COMMENT = re.compile(r"(^|\s)#.*")


def read_steer_list(file: Path) -> list[Path]:
    """The steering files of a list, in order, each once; a relative path counts from the folder of the list.

    Raises UsageError for a list that cannot be read.
    """
    file = current_folder() / file
    try:
        text = read_text(file)
        paths = [_COMMENT.sub("", line).strip() for line in text.splitlines()]
        named = [Path(from_folder(path, str(file.parent), home_folder())) for path in paths if path]
    except (OSError, UnicodeDecodeError) as failure:
        raise UsageError(f"the steer list cannot be read: {why_unreadable(failure)}", where=str(file)) from None
    except ValueError as fault:
        raise UsageError(str(fault), where=str(file)) from None
    return list(dict.fromkeys(named))
