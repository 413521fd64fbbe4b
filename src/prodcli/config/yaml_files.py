"""Reading YAML files: every failure is one line, and a key that stands twice is an error.

Words stay as they are written; only null and whole decimal numbers get a type (see `written`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prodcli.errors import ProdError, one_line
from prodcli.plain_values import plain, whole_number
from prodcli.text_files import read_text, why_unreadable

_MOST = 100_000  # values in a file
_DEEPEST = 50  # levels in a file
_TAG = "tag:yaml.org,2002:"
_NULL, _MERGE = f"{_TAG}null", f"{_TAG}merge"
Lines = Mapping[tuple[str, ...], int]  # where values stand, by the keys that lead there; of a block, its first line


def read_yaml(path: Path, error: type[ProdError]) -> dict[str, Any]:
    """Read a file that holds a mapping; raises `error` with the file and, if known, the line."""
    return read_yaml_lines(path, error)[0]


def read_yaml_lines(path: Path, error: type[ProdError]) -> tuple[dict[str, Any], Lines]:
    """Read a file that holds a mapping, with the line of every value; raises `error` like read_yaml."""
    return parse_yaml_lines(read_yaml_text(path, error), path, error)


def require_once(path: Path, repeated: Lines, error: type[ProdError]) -> None:
    """Raise `error` for the first key that stands again."""
    for keys, line in repeated.items():
        raise error(f"not valid YAML: the key {keys[-1]!r} stands twice", where=f"{path}, line {line}")


def read_repeating_yaml(
    path: Path, error: type[ProdError], written: Path | None = None
) -> tuple[dict[str, Any], Lines, Lines]:
    """Read a file that holds a mapping, in which keys may stand twice: values, lines, and where a key stands again.

    The last value of a key counts. `written` is where the text stands, if that is another file. Raises `error` for any
    other fault.
    """
    return parse_repeating_yaml(read_yaml_text(path, error, written), path, error)


def parse_yaml_lines(text: str, path: Path, error: type[ProdError]) -> tuple[dict[str, Any], Lines]:
    """The mapping in the text of a file, with the line of every value; raises `error` like read_yaml."""
    data, lines, repeated = parse_repeating_yaml(text, path, error)
    require_once(path, repeated, error)
    return data, lines


def read_yaml_text(path: Path, error: type[ProdError], written: Path | None = None) -> str:
    """The text of a file, which may be `written` elsewhere; raises `error` if it cannot be read."""
    try:
        return read_text(written or path)
    except FileNotFoundError:
        raise error("the file does not exist", where=str(path)) from None
    except IsADirectoryError:
        raise error("this is a folder, not a file", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as failure:
        raise error(f"the file cannot be read: {why_unreadable(failure)}", where=str(path)) from None


def parse_repeating_yaml(text: str, path: Path, error: type[ProdError]) -> tuple[dict[str, Any], Lines, Lines]:
    """The mapping in the text of a file, in which keys may stand twice; raises `error` like read_repeating_yaml."""
    import yaml

    try:
        data, lines, repeated = _load(text)
    except yaml.MarkedYAMLError as failure:
        line = failure.problem_mark.line + 1 if failure.problem_mark else 0
        raise error(f"not valid YAML: {failure.problem}", where=f"{path}, line {line}") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as failure:
        raise error(f"not valid YAML: {one_line(str(failure))}", where=str(path)) from None
    if not isinstance(data, dict):
        raise error("the file must hold a mapping of names", where=str(path))
    return data, lines, repeated


def _load(text: str) -> tuple[Any, Lines, Lines]:
    _require_shallow(text)
    loader = _loader()(text)
    try:
        document = loader.get_single_node()
        if document is None:
            return None, {}, {}
        _count(document, {})
        repeated = dict(_repeated(document, (), set()))
        lines: dict[tuple[str, ...], int] = {}
        _locate(document, (), lines, set())
        return loader.construct_document(document), lines, repeated
    finally:
        loader.dispose()


def _require_shallow(text: str) -> None:
    """Refuse deep nesting: libyaml's loader recurses for each level and would crash the process.

    Its parser does not.
    """
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_base()):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.parser.ParserError(None, None, "nested too deeply", event.start_mark)  # type: ignore[arg-type]


def _count(node: Any, counted: dict[int, int]) -> int:
    """The number of values with every alias written out; a small file may stand for more than memory holds."""
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
    """Note the line of every value; a value repeated by an alias is noted once."""
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
    """The safe loader of libyaml, ten times faster, else of Python."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _repeated(node: Any, keys: tuple[str, ...], seen: set[int]) -> Iterator[tuple[tuple[str, ...], int]]:
    """The keys that stand again, each with its line; keys merged by `<<` may be overridden. Refuses a key that is no word."""
    import yaml

    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    names: set[str] = set()
    for number, child in enumerate(node.value):
        key, value = child if isinstance(node, yaml.MappingNode) else (None, child)
        name = str(number)
        if key is not None:
            _require_word(key)
            name = key.value
            if key.tag != _MERGE:
                if name in names:
                    yield (*keys, name), key.start_mark.line + 1
                names.add(name)
        yield from _repeated(value, (*keys, name), seen)


def _require_word(key: Any) -> None:
    import yaml

    if not isinstance(key, yaml.ScalarNode):
        fault = "a key is a word, not a list or a mapping"
    elif key.tag == _NULL:
        fault = "a key is missing, or is ~ or null, which stand for nothing; write it in quotes"
    else:
        return
    raise yaml.constructor.ConstructorError(None, None, fault, key.start_mark)


def _loader() -> Any:
    """The safe loader without type guesses: only null, `<<` and the values of `plain` have a type."""
    safe = _base()
    resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag in (_NULL, _MERGE)]
        for first, known in safe.yaml_implicit_resolvers.items()
    }
    kept = {tag: safe.yaml_constructors[tag] for tag in (_NULL, f"{_TAG}seq", None)}
    own = {f"{_TAG}map": _mapping, f"{_TAG}str": _text, f"{_TAG}int": _number}
    return type("Loader", (safe,), {"yaml_implicit_resolvers": resolvers, "yaml_constructors": kept | own})


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    return {key: loader.construct_object(value, deep=True) for key, value in _merged(node).items()}


def _merged(node: Any) -> dict[str, Any]:
    """The values of a mapping by key: its own before those merged by `<<`, of which the first counts."""
    import yaml

    own: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for key, value in node.value:
        if key.tag != _MERGE:
            own[key.value] = value
            continue
        for other in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if not isinstance(other, yaml.MappingNode):
                raise yaml.constructor.ConstructorError(None, None, "<< merges mappings only", other.start_mark)
            others = _merged(other) | others
    return others | own


def _text(loader: Any, node: Any) -> object:
    text = loader.construct_scalar(node)
    return text if node.style else plain(text, node.start_mark.line + 1)


def _number(loader: Any, node: Any) -> int:
    return whole_number(plain(loader.construct_scalar(node), node.start_mark.line + 1))
