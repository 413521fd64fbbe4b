"""Compare two things that were made: files, submissions or tags, product by product."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prodcli.errors import ProdError, UsageError
from prodcli.provenance.differences import Difference, Side, differences
from prodcli.provenance.payload import read_files
from prodcli.provenance.resolved_rule import rule_keys
from prodcli.provenance.stored import Record, Records, SubmittedClaim

FindJob = Callable[[str], Mapping[str, Any]]
_CLAIM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLUSTER = re.compile(r"(?P<cluster>[0-9]{1,9})@(?P<schedd>\S+)")


@dataclass(frozen=True)
class Compared:
    """What differs in each product that both sides have, and the products that one side has alone."""

    pairs: Mapping[str, Sequence[Difference]]
    only_a: Sequence[str]
    only_b: Sequence[str]
    records: tuple[Sequence[Record], Sequence[Record]]


def compare(records: Records, a: str, b: str, find_job: FindJob) -> Compared:
    """Compare by words: a file, a row or a job of the books, a claim, a cluster (`4@schedd`), or a tag.

    Raises UsageError for a word that names nothing, ProdError for what is not on record.
    """
    left, right = (_products(records, word, find_job) for word in (a, b))
    if len(left) == len(right) == 1:  # whatever they make
        left = {name: next(iter(left.values())) for name in right}
    elif len(left) == 1:
        right = _of_product(right, b, left)
    elif len(right) == 1:
        left = _of_product(left, a, right)
    both = [name for name in left if name in right]
    sides = _sides(records, [*left.values(), *right.values()])
    pairs = {name: differences(sides[left[name].id], sides[right[name].id]) for name in both}
    alone = ([name for name in left if name not in right], [name for name in right if name not in left])
    return Compared(pairs, *alone, (list(left.values()), list(right.values())))


def _of_product(many: Mapping[str, Record], word: str, one: Mapping[str, Record]) -> dict[str, Record]:
    """Of the products of a word the one that the other side makes; raises ProdError if it is not among them."""
    (wanted,) = one
    if wanted not in many:
        raise ProdError(f"no submission of {wanted} is on record", where=word, todo=f"it has {', '.join(many)}")
    return {wanted: many[wanted]}


def _products(records: Records, word: str, find_job: FindJob) -> dict[str, Record]:
    """The newest record of each product (dsttype and dataset) that a word names."""
    claims = _claims(records, word, find_job)
    known = records.get([one.provenance for one in claims if one.provenance])
    found = {_product(one): known[one.provenance] for one in claims if one.provenance in known}
    if not found:
        raise ProdError("it is not on record what its jobs were made from", where=word, todo=_OLDER)
    return found


_OLDER = "older submissions, and those of other tools, have no record"


def _claims(records: Records, word: str, find_job: FindJob) -> list[SubmittedClaim]:
    """The claims that a word names; raises UsageError if it names none."""
    if _CLAIM.fullmatch(word):
        claims = records.claims([word])
        if not claims:
            raise UsageError(f"the books have no claim {word}")
        return claims
    if cluster := _CLUSTER.fullmatch(word):
        claims = records.of_cluster(int(cluster["cluster"]), cluster["schedd"])
        if not claims:
            raise UsageError(f"the books have no cluster {word:.200}", todo="a cluster is named like 4@schedd")
        return claims
    if records.knows_tag(word):
        return records.newest_of_tag(word)
    job = find_job(word)
    return records.claims([job["claim"]]) if job["claim"] else []


def _product(claim: SubmittedClaim) -> str:
    return f"{claim.dsttype or claim.rule} {claim.dataset or ''}".strip()


def _sides(records: Records, wanted: Sequence[Record]) -> dict[str, Side]:
    """Records with what their texts hold, by id."""
    texts = records.texts([name for record in wanted for name in (record.resolved, record.payload)])
    return dict(_read(record, texts) for record in wanted)


def _read(record: Record, texts: Mapping[str, str]) -> tuple[str, Side]:
    files = {file.name: file.sha256 for file in read_files(texts.get(record.payload or "", ""))}
    return record.id, Side(record, rule_keys(texts.get(record.resolved or "", "")), files)


def lines_of(compared: Compared) -> Iterator[tuple[str, Difference]]:
    """Each difference with its product; a product that one side has alone is a difference itself."""
    for product, found in compared.pairs.items():
        yield from ((product, one) for one in found)
    yield from ((name, Difference("product", "", "made", "")) for name in compared.only_a)
    yield from ((name, Difference("product", "", "", "made")) for name in compared.only_b)
