"""The meaning of HTCondor's hold codes, and what helps. Source: HTCondor manual, job ClassAd attribute HoldReasonCode.

Pure: data in, data out.
"""

import re
from dataclasses import dataclass
from errno import errorcode

MEMORY = {(34, 102), (21, 102), (34, 0), (3, 34)}
_DISK = (34, 104)
_OF_PERSON = (1, 15)
_BY_CODE = {
    1: ("held by a person", "ask who held it; prodcli release --user-holds"),
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
_WORDS = {
    1: "by a person", 6: "script not started", 7: "output folder", 12: "output transfer", 13: "input transfer",
    14: "folder missing", 15: "submitted on hold", 26: "pool policy", 46: "ran too long", 47: "ran too long",
}  # fmt: skip
_TASKS = {
    1: "ask who held them", 6: "repair the script", 7: "repair the folder", 12: "see the hold reason",
    13: "see the hold reason", 14: "make the folder", 15: "release them", 26: "ask pool admins", 46: "see the rule",
    47: "see the rule",
}  # fmt: skip
# As HTCondor calls its codes, for every code there is.
_NAMES = {
    1: "UserRequest", 2: "GlobusGramError", 3: "JobPolicy", 4: "CorruptedCredential", 5: "JobPolicyUndefined",
    6: "FailedToCreateProcess", 7: "UnableToOpenOutput", 8: "UnableToOpenInput", 9: "UnableToOpenOutputStream",
    10: "UnableToOpenInputStream", 11: "InvalidTransferAck", 12: "TransferOutputError", 13: "TransferInputError",
    14: "IwdError", 15: "SubmittedOnHold", 16: "SpoolingInput", 17: "JobShadowMismatch", 18: "InvalidTransferGoAhead",
    19: "HookPrepareJobFailure", 20: "MissedDeferredExecutionTime", 21: "StartdHeldJob", 22: "UnableToInitUserLog",
    23: "FailedToAccessUserAccount", 24: "NoCompatibleShadow", 25: "InvalidCronSettings", 26: "SystemPolicy",
    27: "SystemPolicyUndefined", 28: "GlexecChownSandboxToUser", 29: "PrivsepChownSandboxToUser",
    30: "GlexecChownSandboxToCondor", 31: "PrivsepChownSandboxToCondor", 32: "MaxTransferInputSizeExceeded",
    33: "MaxTransferOutputSizeExceeded", 34: "JobOutOfResources", 35: "InvalidDockerImage", 36: "FailedToCheckpoint",
    37: "EC2UserError", 38: "EC2InternalError", 39: "EC2AdminError", 40: "EC2ConnectionProblem", 41: "EC2ServerError",
    42: "EC2InstancePotentiallyLost", 43: "PreScriptFailed", 44: "PostScriptFailed", 45: "SingularityTestFailed",
    46: "JobDurationExceeded", 47: "JobExecuteExceeded", 48: "HookShadowPrepareJobFailure",
}  # fmt: skip
_BY_ERRNO = {6, 7, 8, 9, 10, 12, 13, 14, 22}  # codes whose subcode is a number of errno(3)
_RESOURCES = {101: "cpus", 102: "memory", 104: "disk"}  # subcodes of what a job used too much of
_BY_RESOURCE = {21, 34}
# Code 3 stands for every expression that can hold a job; only the reason names the expression.
_POLICY = 3
_POLICY_NAMES = re.compile(r"\b(PeriodicHold|OnExitHold|SYSTEM_PERIODIC_HOLD\w*|SYSTEM_ON_EXIT_HOLD\w*)\b")
_POLICIES = {
    "PeriodicHold": ("the job's own policy (periodic_hold)", "see the rule's periodichold; prodcli release"),
    "OnExitHold": ("the job's own policy (on_exit_hold)", "see the rule's on_exit_hold; prodcli release"),
}
EVICTED = "The job was evicted: its node or its claim was lost while it ran"  # the reason that submit descriptions give
_EVICTED = (
    "its node was lost while it ran",
    "prodcli release starts it again; look at prodcli nodes if it happens often",
)
_SOME_POLICY = ("a policy of the job or the pool", "see the hold reason; prodcli release")


@dataclass(frozen=True, slots=True)
class HoldMeaning:
    """A hold in words."""

    meaning: str
    helps: str


def hold_name(code: int, subcode: int | None = None) -> str:
    """A hold code and its subcode as HTCondor and errno(3) name them: `TransferInputError ENOENT`; empty for no such code."""
    names = [_NAMES.get(code, "")]
    if subcode and code in _BY_ERRNO:
        names.append(errorcode.get(subcode, ""))
    if subcode and code in _BY_RESOURCE:
        names.append(_RESOURCES.get(subcode, ""))
    return " ".join(filter(None, names)) if names[0] else ""


def hold_names() -> dict[int, str]:
    """Every hold code, as HTCondor calls it."""
    return dict(_NAMES)


def has_words(code: int | None, subcode: int | None) -> bool:
    """True for a hold whose meaning has words of its own, beyond the hold reason."""
    return code in _BY_CODE or code == _POLICY or (code, subcode or 0) in {*MEMORY, _DISK}


def known_codes() -> list[str]:
    """The hold codes with a known meaning, as `--code` takes them."""
    return [f"{code}/{subcode}" for code, subcode in sorted({*MEMORY, _DISK})] + [str(code) for code in _BY_CODE]


def meaning_of(code: int | None, subcode: int | None, reason: str | None = None) -> HoldMeaning | None:
    """The meaning of a hold code, and the policy that its reason names; None without a code."""
    if not code:
        return None
    numbers = f"({code}/{subcode or 0})"
    if (code, subcode or 0) in MEMORY:
        return HoldMeaning(f"memory {numbers}", "see prodcli rescue")
    if (code, subcode or 0) == _DISK:
        return HoldMeaning(f"disk {numbers}", "raise their RequestDisk (condor_qedit), then prodcli release")
    meaning, helps = _BY_CODE.get(code, ("see the hold reason", "repair it, then prodcli release"))
    if code == _POLICY:
        meaning, helps = _policy(reason or "")
    return HoldMeaning(f"{meaning} {numbers}", helps)


def hold_word(code: int | None, subcode: int | None, reason: str | None = None) -> str:
    """The cause of a hold in a word or two, for tables: `memory`, `folder missing`; empty without a code."""
    if not code:
        return ""
    if (code, subcode or 0) in MEMORY:
        return "memory"
    if (code, subcode or 0) == _DISK:
        return "disk"
    if code == _POLICY:
        meaning, _ = _policy(reason or "")
        return "node lost" if meaning == _EVICTED[0] else "job policy" if meaning.startswith("the job") else "policy"
    return _WORDS.get(code, f"code {code}")


def short_remedy(code: int | None, subcode: int | None, reason: str | None = None) -> str:
    """What a person has to do about a hold, in a few words."""
    if (code, subcode or 0) == _DISK:
        return "more disk"
    if code == _POLICY:
        return "see prodcli nodes" if _policy(reason or "") == _EVICTED else "see the policy"
    return _TASKS.get(code or 0, "see the hold reason")


def _policy(reason: str) -> tuple[str, str]:
    """The policy that a hold reason names: HTCondor writes `The job attribute OnExitHold expression ... evaluated to TRUE`."""
    if EVICTED in reason:
        return _EVICTED
    found = _POLICY_NAMES.search(reason)
    if found is None:
        return _SOME_POLICY
    return _POLICIES.get(
        found[0], (f"the pool's policy ({found[0]})", "ask the pool's administrators; prodcli release")
    )


def is_of_person(code: int | None) -> bool:
    """True for a hold that a person asked for, of a job or already with its submission."""
    return code in _OF_PERSON


def memory_codes() -> list[dict[str, int]]:
    """The codes and subcodes of memory holds, for queries."""
    return [{"code": code, "subcode": subcode} for code, subcode in sorted(MEMORY)]


def is_memory(code: int | None, subcode: int | None) -> bool:
    """True if a job was held because it exceeded its requested memory."""
    return (code, subcode or 0) in MEMORY
