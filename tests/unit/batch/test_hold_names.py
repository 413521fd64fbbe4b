"""HTCondor's names of hold codes and subcodes."""

import pytest

from prodcli.batch.hold_codes import hold_name, hold_names


@pytest.mark.parametrize(
    ("code", "subcode", "name"),
    [
        (1, 0, "UserRequest"),
        (13, 2, "TransferInputError ENOENT"),
        (14, 116, "IwdError ESTALE"),
        (34, 102, "JobOutOfResources memory"),
        (21, 104, "StartdHeldJob disk"),
        (34, None, "JobOutOfResources"),
        (13, 256, "TransferInputError"),
        (26, 2, "SystemPolicy"),
        (99, 2, ""),
    ],
)
def test_holds_are_named(code: int, subcode: int | None, name: str) -> None:
    assert hold_name(code, subcode) == name


def test_every_code_of_the_manual_has_a_name() -> None:
    assert set(hold_names()) == set(range(1, 49))
