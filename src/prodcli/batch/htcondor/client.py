"""Access to HTCondor's Python bindings: configuration, finding schedds, and their complaints as BatchErrors.

Traps that shaped this file, all met on a real pool (bindings 25.14):
- A schedd that hangs answers a query with an error after 20 s, but history, ping and submit wait for ever. So every use
  begins with a query; that also tells the schedd's clock.
- `Collector.locate` gives None for an unknown name, and `Schedd(None)` is the local schedd.
- The bindings read CONDOR_CONFIG when they are imported; later `reload_config()` does it (its argument is ignored). A bad
  path makes them write to stderr, and a syntax error in the file ends the process.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcli.batch.answers import Factory
from prodcli.batch.htcondor.ads import CLUSTER_AD, FACTORY, factories
from prodcli.errors import BatchError

_NO_FILE = "ONLY_ENV"  # CONDOR_CONFIG may say so
_REFUSED = re.compile(r"Schedd says (-\d+)")
# NewProc's answers. Source: src/condor_includes/condor_qmgr.h, NEWJOB_ERR_*.
_LIMITS = {
    "-2": "MAX_JOBS_SUBMITTED",
    "-3": "MAX_JOBS_PER_OWNER",
    "-4": "MAX_JOBS_PER_SUBMISSION",
}
_read_config: list[str] = []  # the CONDOR_CONFIG that the loaded bindings go by


def load(condor_config: str) -> Any:
    """The bindings, configured by a file, or by the environment.

    Raises BatchError if they are missing or cannot read it.
    """
    wanted = str(Path(condor_config).expanduser()) if condor_config else os.environ.get("CONDOR_CONFIG", "")
    if wanted and wanted != _NO_FILE and (Path(wanted).is_dir() or not os.access(wanted, os.R_OK)):
        todo = "set batch.condor_config or $CONDOR_CONFIG"
        raise BatchError("HTCondor's configuration cannot be read", where=wanted, todo=todo)
    if condor_config:
        os.environ["CONDOR_CONFIG"] = wanted
    known = "htcondor2" in sys.modules
    try:
        import htcondor2
    except ImportError as err:
        raise BatchError(f"HTCondor's Python bindings are missing: {err}", todo="pip install htcondor") from err
    wanted = os.environ.get("CONDOR_CONFIG", "")  # where there is none at all, the bindings make it /dev/null
    if known and _read_config != [wanted]:
        htcondor2.reload_config()
    _read_config[:] = [wanted]
    return htcondor2


def plain(ads: Iterable[Any]) -> list[dict[str, Any]]:
    """Ads as dictionaries, with their expressions evaluated."""
    from classad2 import ExprTree

    return [_plain(ad, ExprTree) for ad in ads]


def _plain(ad: Any, expression: Any) -> dict[str, Any]:
    try:
        row: dict[str, Any] = dict(ad.items())
    except UnicodeDecodeError:
        row = {name: _readable(ad, name) for name in ad.keys()}  # noqa: SIM118 - iterating an ad reads its values
    for name, value in row.items():
        if type(value) is expression:
            row[name] = value.eval(ad)
    return row


def _as_json(ad: Any) -> dict[str, Any]:
    try:
        row: dict[str, Any] = json.loads(ad.printJson())
    except (UnicodeDecodeError, ValueError):
        values = ((name, _readable(ad, name)) for name in ad.keys())  # noqa: SIM118 - as above
        row = {name: value if type(value) in (str, int, float, bool) else str(value) for name, value in values}
    return row


def _readable(ad: Any, name: str) -> Any:
    """An attribute's value; the bindings refuse texts that are not UTF-8, as in a hold reason with such a file name."""
    try:
        return ad[name]
    except UnicodeDecodeError:
        return "(a text that is not UTF-8)"


@dataclass(frozen=True)
class ScheddSession:
    """A schedd that has just answered, and the time of its clock then."""

    bindings: Any
    place: Any
    schedd: Any
    clock: int

    def queue(self, constraint: str, attributes: Sequence[str], cluster_ads: bool = False) -> list[dict[str, Any]]:
        """The ads in the queue; with `cluster_ads` also those of whole clusters."""
        options = self.bindings.QueryOpt
        with_clusters = options.IncludeClusterAd if cluster_ads else options.Default
        return plain(self.schedd.query(constraint, list(attributes), opts=with_clusters))

    def factories(self, constraint: str) -> list[Factory]:
        """The clusters that have yet to materialize jobs."""
        return factories(self.queue(f"{CLUSTER_AD} && {constraint}", FACTORY, cluster_ads=True))

    def whole(self, constraint: str) -> Iterator[dict[str, Any]]:
        """All attributes of jobs in the queue, as HTCondor writes them in JSON."""
        for ad in self.schedd.query(constraint, []):
            yield _as_json(ad)

    def history(self, constraint: str, attributes: Sequence[str], until: str = "") -> Iterator[dict[str, Any]]:
        """The ads that left the queue, oldest first, after the newest job for which `until` holds."""
        from classad2 import ExprTree

        ads = self.schedd.history(constraint, list(attributes), since=ExprTree(until) if until else None)
        while ads:  # newest first; an ad takes 5 kB, and is let go as soon as it is read
            yield _plain(ads.pop(), ExprTree)

    def last_left(self) -> tuple[str, ...]:
        """The GlobalJobIds of the last two jobs that left the queue, of any owner, newest first.

        Fewer if there are fewer.
        """
        ads = self.schedd.history(None, ["GlobalJobId"], match=2)
        return tuple(str(ad.get("GlobalJobId", "")) for ad in ads)

    def setting(self, name: str) -> str:
        """A value of the schedd's own configuration; empty if the schedd does not give it."""
        try:
            return str(self.bindings.RemoteParam(self.place).get(name) or "")
        except self.bindings.HTCondorException:
            return ""

    def summary(self, constraint: str) -> dict[str, Any]:
        """The number of jobs by state."""
        return summary(self.bindings, self.schedd, constraint)


def summary(bindings: Any, schedd: Any, constraint: str) -> dict[str, Any]:
    """How many jobs there are by state, and the schedd's clock."""
    return dict(schedd.query(constraint, [], opts=bindings.QueryOpt.SummaryOnly)[0])


class Client:
    """Finds schedds, each once as long as it answers; the process keeps their places."""

    def __init__(self, collector: str, condor_config: str) -> None:
        self._collector = collector
        self._condor_config = condor_config
        self._places: dict[str, Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Client, (self._collector, self._condor_config)

    @property
    def bindings(self) -> Any:
        """The bindings; raises BatchError if they cannot be loaded."""
        return load(self._condor_config)

    def pool_words(self) -> list[str]:
        """The option by which HTCondor's commands find the pool."""
        return ["-pool", self._collector] if self._collector else []

    def environment(self) -> dict[str, str]:
        """The variable by which HTCondor's commands find their configuration."""
        return {"CONDOR_CONFIG": str(Path(self._condor_config).expanduser())} if self._condor_config else {}

    def local_schedd(self) -> str:
        """The name of this host's schedd; raises BatchError if the host has no schedd."""
        bindings = self.bindings
        try:
            return str(bindings.Collector().locate(bindings.DaemonType.Schedd)["Name"])
        except (bindings.HTCondorException, KeyError, TypeError) as err:
            todo = "name one in prodcli.yaml: batch.schedds"
            raise BatchError(f"this host has no schedd: {_said(err)}", where="HTCondor", todo=todo) from err

    @contextmanager
    def session(self, schedd: str, doing: str) -> Iterator[ScheddSession]:
        """A session with a schedd that answers.

        Failures within become BatchErrors, and the schedd is looked up anew.
        """
        bindings = self.bindings
        place = self._place(bindings, schedd)
        try:
            access = bindings.Schedd(place)
            # the first job tells the time; the summary goes through the whole queue, so it is for an empty one
            first = access.query("true", ["ServerTime"], limit=1) or [summary(bindings, access, "false")]
            clock = first[0].get("ServerTime")
            yield ScheddSession(bindings, place, access, clock if type(clock) is int else 0)
        except bindings.HTCondorException as err:
            self._places.pop(schedd, None)
            raise BatchError(f"{doing} failed: {_said(err)}", where=f"schedd {schedd}") from err

    def schedd_ads(self, attributes: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The collector's ad of every schedd, by name."""
        bindings = self.bindings
        with self._asking_collector(bindings) as collector:
            ads = collector.query(bindings.AdType.Schedd, "true", ["Name", *attributes])
            return {str(ad["Name"]): dict(ad) for ad in ads}

    def cores(self) -> int:
        """The number of cores of the pool's machines that the collector shows."""
        bindings = self.bindings
        with self._asking_collector(bindings) as collector:
            slots = collector.query(bindings.AdType.Startd, "DynamicSlot isnt true", ["TotalSlotCpus", "Cpus"])
            return int(sum(float(ad.get("TotalSlotCpus") or ad.get("Cpus") or 1) for ad in slots))

    def machines(self, constraint: str) -> int:
        """The number of machine ads in the collector for a constraint."""
        bindings = self.bindings
        with self._asking_collector(bindings) as collector:
            return len(collector.query(bindings.AdType.Startd, constraint, ["Name"]))

    def machine_ads(self) -> list[Any]:
        """The ads of the pool's machines: of a machine that divides itself into slots the one of what is left."""
        bindings = self.bindings
        with self._asking_collector(bindings) as collector:
            return list(collector.query(bindings.AdType.Startd, "DynamicSlot isnt true"))

    def accounting_ads(self, attributes: Sequence[str]) -> list[dict[str, Any]]:
        """The collector's ads of users and accounting groups."""
        bindings = self.bindings
        with self._asking_collector(bindings) as collector:
            return plain(collector.query(bindings.AdType.Accounting, "true", list(attributes)))

    def machine_names(self) -> set[str]:
        """The names of the machines in the collector."""
        bindings = self.bindings
        with self._asking_collector(bindings) as collector:
            slots = collector.query(bindings.AdType.Startd, "DynamicSlot isnt true", ["Machine"])
            return {str(ad.get("Machine", "")) for ad in slots}

    def _place(self, bindings: Any, schedd: str) -> Any:
        if schedd not in self._places:
            with self._asking_collector(bindings) as collector:
                place = collector.locate(bindings.DaemonType.Schedd, schedd)
                if place is None:
                    names = sorted(str(ad["Name"]) for ad in collector.locateAll(bindings.DaemonType.Schedd))
                    known = f"it knows {', '.join(names[:9])}" if names else "it knows none"
                    raise BatchError("the collector does not know this schedd", where=f"schedd {schedd}", todo=known)
            self._places[schedd] = place
        return self._places[schedd]

    @contextmanager
    def _asking_collector(self, bindings: Any) -> Iterator[Any]:
        try:
            yield bindings.Collector(self._collector or None)
        except bindings.HTCondorException as err:
            where = f"collector {self._collector or '(as configured)'}"
            todo = "see batch.collector and batch.condor_config"
            raise BatchError(_said(err), where=where, todo=todo) from err


def _said(err: Exception) -> str:
    """The failure in words; the schedd gives some limits as numbers only."""
    text = str(err).strip() or "no reason given"
    number = _REFUSED.search(text)
    if number is not None and number[1] in _LIMITS:
        return f"it refuses more jobs than its {_LIMITS[number[1]]}"
    return text
