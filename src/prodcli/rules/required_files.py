"""Files that a submission needs: script, payload, installed build, and names that fit. Plans are checked, not rules."""

from collections.abc import Iterator
from pathlib import Path

from prodcli.config.profile import DIRECTORIES
from prodcli.errors import RuleError
from prodcli.names import fill
from prodcli.rules.job_script import payload_entry, script_of
from prodcli.rules.kit import kit_lacks
from prodcli.rules.layout import Job, Layout
from prodcli.rules.model import Rule

_MOST_BYTES = 255  # of a name; source: limits.h, NAME_MAX
_MOST_OF_PATH = 4095  # source: limits.h, PATH_MAX
# What is added to an output that waits for its registration, each number as long as it can be.
_STAGED = f":nevents:{2**31}:first:{2**31}:last:{2**31}:md5:{'0' * 32}:size:{10**12}:ctime:{2**31}:dbid:{2**31}"


def lacks(rule: Rule) -> Iterator[str]:
    """One line for each file that the jobs of a rule would not find."""
    try:
        script_of(rule)
    except RuleError as failure:
        yield failure.what
    for entry in rule.job.payload:
        if not any(payload_entry(rule, entry)):
            yield f"job.payload: nothing matches {rule.path(entry)}"
    yield from kit_lacks(rule)
    yield from _build_lacks(rule)
    yield from _too_long(rule)


def require_ready(rule: Rule) -> None:
    """Raise RuleError for the first missing file."""
    for problem in lacks(rule):
        raise RuleError(problem, where=f"{rule.file}: rule {rule.name}")


def fits(output: str) -> bool:
    """True if a file system takes the name of an output, with the text added until the output is registered."""
    return _bytes(output) <= _MOST_BYTES - len(_STAGED)


def _build_lacks(rule: Rule) -> Iterator[str]:
    """Look for the build where the site keeps its builds; without that area the check is skipped."""
    if not rule.site.builds:
        return
    build = rule.params.build
    pattern = Path(fill(rule.site.builds, {"build": build, "kind": build.partition(".")[0]}))
    area = pattern.parent
    if area.is_dir() and not any(area.glob(pattern.name)):
        yield f"params.build: {build} is not installed in {area}"


def _too_long(rule: Rule) -> Iterator[str]:
    """The longest file name and the longest path of the jobs, if no file system takes them."""
    layout = Layout(rule)
    leaf = max((host.leaf for host in rule.dsttype.hosts), key=len, default="") if rule.combining else ""
    job = Job(99_999_999, 99_999, 0, 0, leaf=leaf, columns=("",) * len(rule.input.columns))
    fields = layout.fields(job)
    output = f"{layout.value('outdir', fields)}/{layout.value('logbase', fields)}.root{_STAGED}"
    paths = [output, *(layout.value(key, fields) for key in (*DIRECTORIES, "log", "output", "error", "initialdir"))]
    path = max(paths, key=_bytes)
    name = max(
        [*(part for path in paths for part in path.split("/")), f"{rule.name}-{rule.outtriplet}.lock"], key=_bytes
    )
    if _bytes(name) > _MOST_BYTES:
        yield f"the name {name:.60}... has {_bytes(name)} bytes with all that is added to it; {_MOST_BYTES} are possible"
    elif _bytes(path) > _MOST_OF_PATH:
        yield f"the path {path:.60}... has {_bytes(path)} bytes; {_MOST_OF_PATH} are possible"


def _bytes(name: str) -> int:
    return len(name.encode())
