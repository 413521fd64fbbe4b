"""The screens that are looked at: a command each, in the order in which a curator meets them."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Screen:
    """A command (without `prodcli`), the name of its page, and what is typed at its questions."""

    name: str
    command: str
    typed: str = ""

    @property
    def words(self) -> list[str]:
        """The words of the command line."""
        return shlex.split(self.command)

    @property
    def title(self) -> str:
        """The command as people type it."""
        return f"prodcli {self.command}".strip()


_CLUSTER = "-c rules/rules.yaml -r Full_TRKR_CLUSTER"
_TWO = "--site later/prodcli.yaml"  # has two tags of the same dsttypes, and requests
_LEVELS = "--site levels/prodcli.yaml"  # has a production with levels
_TRACKS = "auau/ana541_2025p014_v001"
_GOLDEN = f"{_TRACKS}/Full_TRKR_CLUSTER/golden"
# Screens show and do not act: each sees the same world. (An approval that is repeated changes nothing.)
SCREENS = (
    Screen("overview", ""),
    Screen("help", "--help"),
    Screen("help-words", "help words"),
    Screen("help-query", "query --help"),
    Screen("submit", f"submit {_CLUSTER} --runs 66472 --dry-run"),
    Screen("submit-verbose", f"submit {_CLUSTER} --runs 66461-66472 --dry-run -v"),
    Screen("why", f"why {_CLUSTER} --runs 66461-66472"),
    Screen("why-run", f"why {_CLUSTER} --runs 66461"),
    Screen("query", "query"),
    Screen("query-by-run", "query --tag ana541_2025p014_v001 --by run"),
    Screen("query-by-host", "query --by host"),
    Screen("query-pending", "query pending"),
    Screen("query-failed", "query failed"),
    Screen("query-held", "query held"),
    Screen("query-progress", "query progress"),
    Screen("query-throughput", "query throughput"),
    Screen("query-waste", "query waste"),
    Screen("query-weekly", "query weekly"),
    Screen("query-started", "query started"),
    Screen("query-clusters", "query clusters"),
    Screen("query-runs", "query runs 66461-66463"),
    Screen("query-efficiency", "query efficiency"),
    Screen("query-restarts", "query restarts"),
    Screen("query-condor", "query condor"),
    Screen("query-estimates", "query estimates"),
    Screen("query-estimates-by-run", "query estimates --by run"),
    Screen("query-accuracy", "query accuracy"),
    Screen("query-tag-that-nobody-has", "query --tag ana541_2025p014_v002"),
    Screen("jobs", "jobs --state held"),
    Screen("jobs-summary", "jobs --summary"),
    Screen("job", "job 2.113"),
    Screen("logs", "logs --state failed --err --limit 2"),
    Screen("held", "held --dry-run"),
    Screen("rescue", "rescue --dry-run"),
    Screen("rescue-question", "rescue", "\n"),
    Screen("resubmit", "resubmit --code 34/102 --scale-memory 2 --limit 10 --dry-run"),
    Screen("release", "release --code 14/2 --dry-run"),
    Screen("erase", f"erase {_CLUSTER} --runs 66461 --dry-run"),
    Screen("memory", "memory report"),
    Screen("nodes", "nodes"),
    Screen("parked", "parked"),
    Screen("mask", "mask list"),
    Screen("harvest", "harvest"),
    Screen("log", "log"),
    Screen("campaign-list", "campaign list"),
    Screen("campaign-show", "campaign show ana541_2025p014_v001"),
    Screen("campaign-diff", f"{_TWO} campaign diff ana541_2025p014_v001 ana541_2025p014_v002"),
    Screen("campaign-request", "campaign request request.yaml"),
    Screen("campaign-requests", f"{_TWO} campaign requests"),
    Screen("campaign-close", "campaign close ana541_2025p014_v001 archive --unfinished --dry-run"),
    Screen("campaign-check", f"{_LEVELS} campaign check"),
    Screen("campaign-check-production", f"{_LEVELS} campaign check auau"),
    Screen("campaign-check-campaign", f"{_LEVELS} campaign check {_TRACKS}"),
    Screen("campaign-check-step", f"{_LEVELS} campaign check {_TRACKS}/Full_TRKR_CLUSTER"),
    Screen("campaign-check-group", f"{_LEVELS} campaign check {_GOLDEN}"),
    Screen("campaign-check-by-run", f"{_LEVELS} campaign check {_TRACKS} --by run"),
    Screen("campaign-check-all", f"{_LEVELS} campaign check {_TRACKS} --all"),
    Screen("campaign-create", f"{_LEVELS} campaign create auau --dry-run"),
    Screen("campaign-create-group", f"{_LEVELS} campaign create {_TRACKS}/Full_TRKR_SEED/night --runs 66480-66489 -n"),
    Screen("campaign-launch", f"{_LEVELS} campaign launch auau --dry-run"),
    Screen("campaign-launch-question", f"{_LEVELS} campaign launch {_TRACKS}", "\n"),
    Screen("campaign-launch-group", f"{_LEVELS} campaign launch {_GOLDEN} --dry-run"),
    Screen("campaign-retry", f"{_LEVELS} campaign retry auau --dry-run"),
    Screen("campaign-retry-question", f"{_LEVELS} campaign retry {_GOLDEN}", "\n"),
    Screen("campaign-validate", f"{_LEVELS} campaign validate {_GOLDEN} --reason 'QA is good' --dry-run"),
    Screen("campaign-invalidate", f"{_LEVELS} campaign invalidate auau --reason 'bad alignment'", "\n"),
    Screen("campaign-approve", f"{_LEVELS} campaign approve ana541_2025p014_v001 --priority 2"),
    Screen("plot-events", f"{_LEVELS} plot events"),
    *(Screen(f"plot-{name}", f"plot {name}") for name in ("progress", "throughput", "memory", "slots", "durations")),
    Screen("dashboard-html", "dashboard html later/site"),
    Screen("dashboard-grafana", "dashboard grafana later/grafana"),
    Screen("digest", "digest --since 7d --dry-run"),
    Screen("digest-brief", "digest --since 7d --brief --dry-run"),
    Screen("abort", "abort ana541_2025p014_v001 --dry-run"),
    Screen("scout", f"scout {_CLUSTER}"),
    Screen("files", "files --dsttype DST_TRIGGERED_EVENT_seb00 --runs 66461"),
    Screen("check", f"check {_CLUSTER} --runs 66461-66472"),
    Screen("graph", "graph -c rules/rules.yaml"),
    Screen("cursor-set", f"cursor set 66461 {_CLUSTER} --moves follow --dry-run"),
    Screen("rules", "rules list -c rules/rules.yaml"),
    Screen("rules-lint", "rules lint rules"),
    Screen("steer-show", "steer show steering.yaml --plan"),
    Screen("steer-lint", "steer lint steering.yaml"),
    Screen("control", "control -f steering.yaml --hostname prod03 --dry-run"),
    Screen("config-check", "config check"),
    Screen("slip", "qeury"),
    Screen("slip-option", "--tag ana541_2025p014_v001 query"),
    Screen("slip-run", "query 99999"),
)
