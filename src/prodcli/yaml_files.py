"""Reading YAML files: every way to go wrong is one line, and a key that stands twice is an error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prodcli.errors import ProdError, one_line
from prodcli.text_files import read_text, why_unreadable

_MOST = 100_000  # values in a file
_DEEPEST = 50  # levels in a file
Lines = Mapping[tuple[str, ...], int]  # where values stand, by the keys that lead there; of a block, its first line


def read_yaml(path: Path, error: type[ProdError]) -> dict[str, Any]:
    """Read a file that holds a mapping; raises `error` with the file and, where known, the line."""
    return read_yaml_lines(path, error)[0]


def read_yaml_lines(path: Path, error: type[ProdError]) -> tuple[dict[str, Any], Lines]:
    """The same, and the line of every value."""
    import yaml

    try:
        text = read_text(path)
    except FileNotFoundError:
        raise error("the file does not exist", where=str(path)) from None
    except IsADirectoryError:
        raise error("this is a folder, not a file", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as failure:
        raise error(f"the file cannot be read: {why_unreadable(failure)}", where=str(path)) from None
    try:
        data, lines = _load(text)
    except yaml.MarkedYAMLError as failure:
        line = failure.problem_mark.line + 1 if failure.problem_mark else 0
        raise error(f"not valid YAML: {failure.problem}", where=f"{path}, line {line}") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as failure:
        raise error(f"not valid YAML: {one_line(str(failure))}", where=str(path)) from None
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise error("the file must hold a mapping of names", where=str(path))
    return data, lines


def _load(text: str) -> tuple[Any, Lines]:
    _require_shallow(text)
    loader = _loader()(text)
    try:
        document = loader.get_single_node()
        if document is None:
            return None, {}
        _count(document, {})
        lines: dict[tuple[str, ...], int] = {}
        _locate(document, (), lines, set())
        return loader.construct_document(document), lines
    finally:
        loader.dispose()


def _require_shallow(text: str) -> None:
    """libyaml's loader calls itself for each level and would take the process down; its parser does not."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_base()):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.parser.ParserError(None, None, "nested too deeply", event.start_mark)  # type: ignore[arg-type]


def _count(node: Any, counted: dict[int, int]) -> int:
    """How much a node is when every alias in it is written out; a small file may stand for more than memory holds."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in counted:
        counted[id(node)] = _MOST  # as seen from within: an alias to itself
        children = [part for child in node.value for part in (child if isinstance(child, tuple) else (child,))]
        counted[id(node)] = 1 + sum(_count(child, counted) for child in children)
    if counted[id(node)] >= _MOST:
        raise yaml.constructor.ConstructorError(
            None, None, "aliases that never end, or too many values", node.start_mark
        )
    return counted[id(node)]


def _locate(node: Any, keys: tuple[str, ...], lines: dict[tuple[str, ...], int], seen: set[int]) -> None:
    """Note where values stand; what an alias repeats is noted once."""
    import yaml

    if id(node) in seen:
        return
    seen.add(id(node))
    lines[keys] = node.start_mark.line + 1 + (isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                _locate(value, (*keys, key.value), lines, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _locate(value, (*keys, str(number)), lines, seen)


def _base() -> Any:
    """The safe loader: libyaml's, ten times faster, where it is there."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _loader() -> Any:
    """The safe loader, with a complaint about a key that stands twice."""
    import yaml

    loader_class: Any = type("Loader", (_base(),), {})  # a class of its own, which the constructor below changes

    def mapping(loader: Any, node: Any) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key is a word, not a list or a mapping", key.start_mark
                )
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        loader.flatten_mapping(node)
        return dict(loader.construct_pairs(node, deep=True))

    loader_class.add_constructor("tag:yaml.org,2002:map", mapping)
    return loader_class
