"""The lists of inputs that come with the jobs of a cluster, so that workers need no connection to a catalog."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from prodcli.batch.description import LISTS
from prodcli.catalogs.catalogs import Catalogs
from prodcli.catalogs.input_lists import in_pieces, input_lists
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

    def write(own: Catalogs, pieces: Sequence[Sequence[Job]]) -> None:
        for piece in pieces:
            for run, lines in input_lists(own, layout, piece):
                (folder / f"{run:08d}.tsv").write_text(head + lines, "utf-8", "surrogateescape")

    try:
        _in_halves(write, catalogs, list(in_pieces(jobs)))
    except OSError as failure:
        raise ProdError(f"the lists of inputs cannot be written: {failure.strerror}", where=str(folder)) from None
    return replace(layout, lists=str(folder))


def _in_halves(
    write: Callable[[Catalogs, Sequence[Sequence[Job]]], None], catalogs: Catalogs, pieces: Sequence[Sequence[Job]]
) -> None:
    """Write every other piece here, and the others in a thread with connections of its own."""
    with closing(catalogs.another()) as others, ThreadPoolExecutor(1, "lists") as thread:
        half = thread.submit(write, others, pieces[1::2])
        write(catalogs, pieces[::2])
        half.result()
