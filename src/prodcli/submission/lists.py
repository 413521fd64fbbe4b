"""The lists of inputs that come with the jobs of a cluster, so that workers need no connection to a catalog."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from prodcli.batch.description import LISTS
from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.input_lists import input_lists
from prodcli.errors import ProdError
from prodcli.rules.layout import Job, Layout
from prodcli.submission.files import make_folder

_VERSION = "1"


def write_lists(catalogs: Catalogs | None, layout: Layout, jobs: Sequence[Job], claim_folder: Path) -> Layout:
    """Write a list for each run of the jobs into the folder of their claim, and give the layout its place.

    Nothing is done for jobs that do not get this place or are generated, and where there are no catalogs or the site or
    rule has no lists.
    Raises ProdError if the disk is full.
    """
    rule = layout.rule
    if catalogs is None or rule.by_query or rule.generated or not (rule.site.lists and layout.gives("lists")):
        return layout
    folder, constants = claim_folder / LISTS, layout.constants
    head = "\t".join(("#prodcli-lists", _VERSION, constants["dataset"], constants["intriplet"])) + "\n"
    make_folder(folder)
    try:
        for run, lines in input_lists(catalogs, layout, jobs):
            (folder / f"{run:08d}.tsv").write_text(head + lines, "utf-8", "surrogateescape")
    except OSError as failure:
        raise ProdError(f"the lists of inputs cannot be written: {failure.strerror}", where=str(folder)) from None
    return replace(layout, lists=str(folder))
