"""What differs between two records."""

from dataclasses import replace

from prodcli.provenance.differences import Difference, Side, differences
from prodcli.provenance.stored import Record, StoredCode

CODE = StoredCode("/a/ProdFlow", "git@host:team/ProdFlow.git", "main", "a" * 40, "origin/main", (), None, "")
RECORD = Record("1", 0, "rule", "tag", "/r", "w", "r", "p", "kit", "1.0", "me", "Ada", "host", "prodcli", None, (CODE,))
SIDE = Side(RECORD, {"job.priority": "1", "job.comment": "x"}, {"run.sh": "1", "a.C": "2"})


def with_code(*code: StoredCode) -> Side:
    return replace(SIDE, record=replace(RECORD, code=code))


def test_records_of_one_content_do_not_differ() -> None:
    other = replace(RECORD, id="2", made=9, actor="Bob", host="other", command="x", written="z", tag="other")
    assert differences(SIDE, replace(SIDE, record=other)) == []


def test_each_part_is_named() -> None:
    record = replace(RECORD, kit=None, version="2.0", rule="new")
    other = Side(record, {"job.priority": "2"}, {"run.sh": "1", "b.C": "3"})
    assert differences(SIDE, other) == [
        Difference("rule", "name", "rule", "new"),
        Difference("rule", "job.priority", "1", "2"),
        Difference("rule", "job.comment", "x", ""),
        Difference("payload", "a.C", "2", ""),
        Difference("payload", "b.C", "", "3"),
        Difference("kit", "", "kit", ""),
        Difference("prodcli", "", "1.0", "2.0"),
    ]


def test_clones_of_a_repository_are_one_and_branches_do_not_matter() -> None:
    clone = replace(CODE, folder="/b/my clone", branch="other", pushed="", remote="https://host/team/ProdFlow/")
    assert differences(SIDE, with_code(clone)) == []
    assert differences(SIDE, with_code(replace(clone, commit="b" * 40))) == [
        Difference("commit", "ProdFlow", "a" * 12, "b" * 12)
    ]


def test_changed_files_and_missing_commits_differ() -> None:
    changed = replace(CODE, changed=("M a.C", "?? b.C"), diff="d" * 64)
    assert differences(SIDE, with_code(changed)) == [
        Difference("commit", "ProdFlow", "a" * 12, f"{'a' * 12} with 2 changed ({'d' * 12})")
    ]
    plain = StoredCode("/x/code", "", "", "", "", (), None, "no git repository")
    assert differences(with_code(plain), with_code()) == [Difference("commit", "code", "no git repository", "")]
    twice = with_code(CODE, replace(CODE, folder="/c/ProdFlow", commit="c" * 40))
    assert [one.item for one in differences(with_code(), twice)] == ["ProdFlow", "ProdFlow, /c/ProdFlow"]
