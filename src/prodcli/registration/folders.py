"""The existing folders of a rule's outputs, found from the top down by what the rule's directory template says.

A level of the template that has no field is entered directly; another level is listed, and its folders are compared with
the fields. So nothing but the folders of the rule and of the selected runs is read, however many others there are.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from prodcli.errors import RuleError
from prodcli.names import leafdir, run_group
from prodcli.rules.layout import Layout
from prodcli.runs.selection import RunSelection

_FIELD = re.compile(r"\{(\w+)\}")
_FORMS = {"run8": "[0-9]{8}", "run": "[0-9]{1,8}", "seg": "[0-9]{1,10}", "outseg": "[0-9]{1,10}"}
_GROUP_END = re.compile(r"\{([ab])(?::08d)?\}")


@dataclass
class Folders:
    """The folders of a directory template of a rule (`outdir`, `finaldir`, `histdir`) for selected runs.

    `unreadable` has the folders that could not be listed so far, with the reason.
    """

    layout: Layout
    key: str
    selection: RunSelection
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        levels = self.layout.formats[self.key].replace("{{", "\0").replace("}}", "\1").split("/")
        return self._below("", levels[1:])

    def _below(self, folder: str, levels: list[str]) -> Iterator[str]:
        while levels and "{" not in levels[0]:
            folder = f"{folder}/{_unescaped(levels[0])}"
            levels = levels[1:]
        if not levels:
            yield from [folder] if Path(folder).is_dir() else []
            return
        pattern = self._pattern(levels[0])
        for name in sorted(self._names(folder)):
            found = pattern.fullmatch(name)
            if found and self._selected(found.groupdict()):
                yield from self._below(f"{folder}/{name}", levels[1:])

    def _names(self, folder: str) -> Iterator[str]:
        try:
            with os.scandir(folder) as entries:
                yield from (entry.name for entry in entries if self._is_folder(entry))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as failure:
            self.unreadable.append((folder, failure.strerror or "cannot be listed"))

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir()
        except OSError as failure:
            self.unreadable.append((entry.path, failure.strerror or "cannot be looked at"))
            return False

    def _pattern(self, level: str) -> re.Pattern[str]:
        text = ""
        for number, part in enumerate(_FIELD.split(level)):
            if number % 2 == 0:
                text += re.escape(_unescaped(part))
            elif f"(?P<{part}>" in text:
                text += f"(?P={part})"
            else:
                text += f"(?P<{part}>{self._forms.get(part, '[^/]+?')})"
        return re.compile(text)

    @cached_property
    def _forms(self) -> dict[str, str]:
        rule = self.layout.rule
        group = _GROUP_END.split(self._group)
        parts = [re.escape(part) if n % 2 == 0 else "[0-9]{8,}" for n, part in enumerate(group)]
        forms = {**_FORMS, "rungroup": "".join(parts)}
        if rule.params.names is None:
            leaves = [host.leaf for host in rule.dsttype.hosts] if rule.combining else [""]
            forms["leafdir"] = "|".join(re.escape(leafdir(rule.params.dsttype, leaf)) for leaf in leaves)
        return forms

    @property
    def _group(self) -> str:
        return self.layout.rule.job.rungroup_tmpl or self.layout.rule.site.run_group

    def _selected(self, fields: dict[str, str]) -> bool:
        """True unless the fields of a folder say that it has none of the selected runs."""
        for key in ("run", "run8"):
            if key in fields and int(fields[key]) not in self.selection:
                return False
        return "rungroup" not in fields or any(
            self._holds(fields["rungroup"], int(number)) for number in re.findall("[0-9]{8,}", fields["rungroup"])
        )

    def _holds(self, name: str, run: int) -> bool:
        """True if a name is that of the run's group, and the group has a selected run."""
        low = run // 100 * 100
        return run_group(run, self._group) == name and any(
            first <= low + 99 and low <= last for first, last in self._spans
        )

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return self.selection.spans


def output_folders(layout: Layout, keys: tuple[str, ...], selection: RunSelection) -> list[Folders]:
    """The folders of some directory templates, of equal templates once.

    Raises RuleError for a template that begins with a field.
    """
    found: dict[str, Folders] = {}
    for key in keys:
        template = layout.formats[key]
        if not template.partition("{")[0].rpartition("/")[0].strip("/"):
            raise RuleError(
                f"job.filesystem.{key}: nothing says below which folder the rule's files lie",
                where=f"{layout.rule.file}: rule {layout.rule.name}",
            )
        found.setdefault(template, Folders(layout, key, selection))
    return list(found.values())


def _unescaped(text: str) -> str:
    return text.replace("\0", "{").replace("\1", "}")
