"""The preview of an erasure, shown before the word is asked for: the inventory by kind, and paths that stay.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodcli.outputs.inventory import Erasable, Output
from prodcli.sizes import left_out

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class ErasedKind:
    """One kind of the inventory: its count, its bytes if known, and some names."""

    what: str
    count: int
    size: int | None
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class ErasePreview:
    """The found outputs, and the number of jobs in queues."""

    found: Erasable
    live: int

    @property
    def outputs(self) -> list[str]:
        """The names of the outputs."""
        return sorted(self.found.outputs)

    @property
    def kinds(self) -> list[ErasedKind]:
        """The inventory, kind by kind."""
        found, outputs = self.found, list(self.found.outputs.values())
        catalogued = [one for one in outputs if one.catalogued]
        booked = [one for one in outputs if one.seen is not None]
        downstream = [one for one in outputs if one.downstream]
        every = [
            ErasedKind("jobs in queues", self.live, None, []),
            *(
                ErasedKind(
                    f"{kind} on disk", len(files), sum(file.size for file in files), _some([f.path for f in files])
                )
                for kind, files in found.files.items()
            ),
            _of("in the file catalog", catalogued, sum(one.size for one in catalogued)),
            _of("in the books", booked),
            _of("of all, made from these", downstream),
            _of("made from these, and stay", found.below),
        ]
        return [kind for kind in every if kind.count]

    @property
    def notes(self) -> list[str]:
        """Paths that are left alone, with the reason."""
        found = self.found
        left = [f"{left_out(len(paths), why, 'file')}: {paths[0]}" for why, paths in found.left.items()]
        below = f"{len(found.below)} outputs made from these stay (--downstream erases them too)"
        nothing = [] if found.outputs else ["no outputs of these runs"]
        return [*left, *([below] if found.below else []), *nothing]


def _of(what: str, outputs: Sequence[Output], size: int | None = None) -> ErasedKind:
    return ErasedKind(what, len(outputs), size, _some([one.filename for one in outputs]))


def _some(names: Sequence[str]) -> Sequence[str]:
    return names[:_EXAMPLES]
