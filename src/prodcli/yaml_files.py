"""Reading YAML files: every way to go wrong is one line, and a key that stands twice is an error."""

from pathlib import Path
from typing import Any

from prodcli.errors import ProdError, one_line


def read_yaml(path: Path, error: type[ProdError]) -> dict[str, Any]:
    """Read a file that holds a mapping; raises `error` with the file and, where known, the line."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise error("the file does not exist", where=str(path)) from None
    except IsADirectoryError:
        raise error("this is a folder, not a file", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as failure:
        words = failure.strerror if isinstance(failure, OSError) else "it is not UTF-8 text"
        raise error(f"the file cannot be read: {words}", where=str(path)) from None
    try:
        data = yaml.load(text, Loader=_loader())  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as failure:
        line = failure.problem_mark.line + 1 if failure.problem_mark else 0
        raise error(f"not valid YAML: {failure.problem}", where=f"{path}, line {line}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as failure:
        raise error(f"not valid YAML: {one_line(str(failure))}", where=str(path)) from None
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise error("the file must hold a mapping of names", where=str(path))
    return data


def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """The safe loader, with a complaint about a key that stands twice."""

    def mapping(loader: Any, node: Any) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            if isinstance(key.value, str):
                seen.add(key.value)
        loader.flatten_mapping(node)
        return dict(loader.construct_pairs(node, deep=True))

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader
