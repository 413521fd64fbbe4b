"""What HTCondor's hold codes mean, and what helps. Source: HTCondor manual, job ClassAd attribute HoldReasonCode."""

from dataclasses import dataclass

MEMORY = {(34, 102), (21, 102), (34, 0), (3, 34)}
_DISK = (34, 104)
_BY_CODE = {
    1: ("a person held it", "ask who held it; prodcli release --user-holds"),
    3: ("the job's own policy (periodic_hold)", "see the rule's periodichold; prodcli release"),
    6: ("the script cannot be started", "repair the script, then prodcli release"),
    7: ("an output folder is missing or full", "repair the folder, then prodcli release"),
    12: ("an output file cannot be transferred", "see the hold reason, then prodcli release"),
    13: ("an input file cannot be transferred", "see the hold reason, then prodcli release"),
    14: ("its initial folder is missing", "make the folder, then prodcli release"),
    15: ("it was submitted on hold", "prodcli release"),
    26: ("the pool's policy", "ask the pool's administrators; prodcli release"),
    46: ("it ran longer than allowed", "see the rule, or give it fewer events"),
    47: ("it ran longer than allowed", "see the rule, or give it fewer events"),
}


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold in words."""

    meaning: str
    helps: str


def meaning_of(code: int | None, subcode: int | None) -> Hold | None:
    """What a hold code means; None without a code."""
    if not code:
        return None
    numbers = f"({code}/{subcode or 0})"
    if (code, subcode or 0) in MEMORY:
        return Hold(f"memory {numbers}", "prodcli resubmit --ladder")
    if (code, subcode or 0) == _DISK:
        return Hold(f"disk {numbers}", "condor_qedit JOB RequestDisk KB, then prodcli release")
    meaning, helps = _BY_CODE.get(code, ("see the hold reason", "repair it, then prodcli release"))
    return Hold(f"{meaning} {numbers}", helps)


def memory_codes() -> list[dict[str, int]]:
    """The codes and subcodes of memory, as queries take them."""
    return [{"code": code, "subcode": subcode} for code, subcode in sorted(MEMORY)]


def is_memory(code: int | None, subcode: int | None) -> bool:
    """True if a job was held because it needed more memory than it asked for."""
    return (code, subcode or 0) in MEMORY
