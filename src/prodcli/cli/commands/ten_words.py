"""The ten words that this tool uses, each in a line: `prodcli help words`, and the head of docs/guide.md."""

from types import MappingProxyType

WORDS = MappingProxyType(
    {
        "books": "the table `production_jobs`: a row for each output ever submitted",
        "tag": "build, conditions and version: `ana537_2025p010_v001`",
        "dsttype": "a kind of output; streams end in their host: `DST_..._INTT0`",
        "dbid": "the number of a row in the books; a new attempt keeps it",
        "pass": "one run of `submit` or `harvest`, by hand or from cron",
        "claim": "the mark of a pass on the rows that the pass is submitting",
        "blocked": "in the books already: no pass submits the output again",
        "sweep": "a harvest that reads whole queues, and finds lost jobs",
        "signature": "what failures have in common; `rescue` acts on all of them",
        "parked": "taken out of the queue, and kept in the books for `unpark`",
    }
)


def in_lines() -> str:
    """The words and their meanings in columns."""
    return "\n".join(f"{word:<9}  {meaning.replace('`', '')}" for word, meaning in WORDS.items())
