"""What a site consists of: pages with their template and what the template shows, and files beside them.

Pure: data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prodcli.pages.links import Link


@dataclass(frozen=True)
class Page:
    """A page: `path` is its file beside the index, `template` a file of templates/pages, `trail` leads from the index to it."""

    path: str
    template: str
    title: str
    context: Mapping[str, object] = field(default_factory=dict)
    trail: Sequence[Link] = ()


@dataclass(frozen=True)
class PageFile:
    """A file beside the pages, as a plot: `path` is its name beside the index."""

    path: str
    content: bytes
