"""Command lines of today, and what each is here."""

import shlex

import pytest

from prodcli.errors import UsageError
from prodcli.legacy.commands import COMMANDS, wrapper_names
from prodcli.legacy.flags import NewForm
from prodcli.legacy.ramenya import WRITTEN
from prodcli.legacy.translation import translate

# as the documentation of today's tools and crontabs have them -> here
LINES = {
    "create_submission.py --config path/to/config.yaml --rule DST_TRIGGERED_EVENT_run3physics --runs 69600 72000 -vv -n": (
        "submit -c path/to/config.yaml -r DST_TRIGGERED_EVENT_run3physics --runs 69600 72000 --dry-run --log"
    ),
    "create_submission.py --config c.yaml --rulename R --runs 1000 2000": (
        "submit -c c.yaml -r R --runs 1000 2000 --no-submit"
    ),
    "create_submission.py --config c.yaml --rulename R --runlist runs.txt --andgo": "submit -c c.yaml -r R --runlist runs.txt",
    "create_submission.py --conf c.yaml --rule R --runs 72500 --and -N 100 --mem 4000MB --prio 29 --maxj 500 --maxq 0": (
        "submit -c c.yaml -r R --runs 72500 --nevents 100 --mem 4000MB --priority 29 --maxjobs 500 --maxqueued 10000000"
    ),
    "create_submission.py --rule R --config c.yaml --print-query --physics-mode cosmics": (
        "submit -c c.yaml -r R --physics-mode cosmics --print-query"
    ),
    "create_submission.py --rule R --config c.yaml --andgo --physicsmode cosmics --no-onlyseg0 --cut-segment 10": (
        "submit -c c.yaml -r R --physics-mode cosmics --no-onlyseg0 --cut-segment 10"
    ),
    "create_submission.py --rule R --config c.yaml --andgo --onlyseg0 --docstring 'after the fix' --no-check-legacy -f": (
        "submit -c c.yaml -r R --onlyseg0 --reason 'after the fix' --force"
    ),
    "create_submission.py --rule R --config c.yaml --runs 1 2 0 --no-submit --loglevel ERROR": (
        "submit -c c.yaml -r R --runs 1,2 --dry-run --quiet"
    ),
    "create_submission.py --rule R --config c.yaml --runs --loglevel WARN -n": "submit -c c.yaml -r R --dry-run",
    "dstspider.py --rule R --config c.yaml --runs 72500 75000 --loglevel INFO": (
        "spider dst -c c.yaml -r R --runs 72500 75000 --log"
    ),
    "histspider.py --rule R --config=c.yaml --dryrun -d": "spider hist -c c.yaml -r R --dry-run --log",
    "monitor_finish.py --rule R --config c.yaml --runs 72500": "finish -c c.yaml -r R --runs 72500 --yes",
    "check_downstream.py --rule R --config c.yaml --runs 1 9 --ratio 0.9 --example-limit 10 --report flagged --output f.txt -n": (
        "check -c c.yaml -r R --runs 1 9 --ratio-cut 0.9 --example-limit 10 --report flagged --output f.txt"
    ),
    "check_eventcombiner.py --rule R --config c.yaml --report nofc": "check -c c.yaml -r R --report nofc",
    "production_control.py --steer /a/autopilot.yaml -vv": "control -f /a/autopilot.yaml --log",
    "production_control.py -f a.yaml -n --hostname sphnxprod02 -c": "control -f a.yaml --dry-run --hostname sphnxprod02 --log",
    "/tools/production_control.py -f a.yaml": "control -f a.yaml",
    "dispatch_productions.py --steer-list active.list --stagger 60": "control --steer-list active.list --stagger 60",
    "master_production_control.sh active.list": "control --steer-list active.list --stagger 180",
    "master_production_control.sh active.list 90": "control --steer-list active.list --stagger 90",
    "resubmit_to_condor.py --config c.yaml --rule R": (
        "resubmit -c c.yaml -r R --scale-memory 1.5 --max-mem 13000MB --any-hold --user-holds --in-place --dry-run"
    ),
    "resubmit_to_condor.py --config c.yaml --rule R --scale 2 --max-memory 8000 --resubmit -k": (
        "resubmit -c c.yaml -r R --scale-memory 2 --max-mem 8000MB --any-hold --user-holds --in-place --yes"
    ),
    "resubmit_to_condor.py --config c.yaml --rule R --memory 4096 --scale 2 -r -n": (
        "resubmit -c c.yaml -r R --mem 4096MB --any-hold --user-holds --in-place --dry-run"
    ),
    "kaedama.py --runs 22026 --rule DST_EVENT --config sphenix_auau23.yaml": (
        "submit -c sphenix_auau23.yaml -r DST_EVENT --runs 22026"
    ),
    "kaedama --runs 22000 22100 --config c.yaml": "submit -c c.yaml -r DST_EVENT --runs 22000 22100",
    "kaedama --runs 22026 22027 22033 --rule R --config c.yaml": "submit -c c.yaml -r R --runs 22026 22027 22033",
    "kaedama --runs 22026 22027 0 --rule R --config c.yaml": "submit -c c.yaml -r R --runs 22026,22027",
    "kaedama --rule R --config c.yaml": "submit -c c.yaml -r R --runs cursor",
    "kaedama --rule R --config c.yaml --runs cursor 500": "submit -c c.yaml -r R --runs cursor 500",
    "kaedama --rule R --config c.yaml --runlist good.txt --segments 0 5": (
        "submit -c c.yaml -r R --runlist good.txt --segments 0 5"
    ),
    "kaedama submit --config c.yaml --nevents 0 --maxjobs 10000 --dbinput --runs 1 9 --batch --rule R": (
        "submit -c c.yaml -r R --runs 1 9 --nevents 0 --maxjobs 10000"
    ),
    "kaedama --config c.yaml --rule R --runs 1 -n 100 --limit 7 --maxjobs 5 --no-submit --test-mode": (
        "submit -c c.yaml -r R --runs 1 --nevents 100 --dry-run --testbed --maxjobs 5"
    ),
    "kaedama --config c.yaml --rule R --runs 1 -u failed held --mask TPC17 INTT3 --mem 4096MB --experiment-mode cosmics": (
        "submit -c c.yaml -r R --runs 1 --unblock failed held --mask TPC17 INTT3 --mem 4096MB --physics-mode cosmics"
    ),
    "kaedama --config c.yaml --rule R --mark-held-jobs --clear-held-jobs --advance-cursor": (
        "harvest && prodcli clear-held -c c.yaml -r R --yes && prodcli submit -c c.yaml -r R --runs cursor"
        " && prodcli cursor advance -c c.yaml -r R"
    ),
    "kaedama --config c.yaml --rule R --set-cursor 66400 --ratchet-cursor --no-submit": (
        "cursor set 66400 -c c.yaml -r R --dry-run && prodcli submit -c c.yaml -r R --runs cursor --dry-run"
        " && prodcli cursor ratchet -c c.yaml -r R --dry-run"
    ),
    "kaedama --config c.yaml --rule R --runs 1 --print-query --no-dbinput --docstring x": (
        "submit -c c.yaml -r R --runs 1 --print-query --reason x"
    ),
    "ramenya submit c.yaml --rules-yaml loop.yaml --loop --delay 600 --maxcondor 50000 --watermark 1.1 --watermark-action exit": (
        "loop loop.yaml --delay 600 --maxcondor 50000 --watermark 1.1 --watermark-action exit"
    ),
    "ramenya2.py -v submit --rules-yaml loop.yaml c.yaml": (
        "loop loop.yaml --delay 300 --maxcondor 75000 --watermark 1.05 --log --once"
    ),
    "ramenya query": "query started",
    "ramenya query --reports pending clusters held none --dstname all": "query pending && prodcli query clusters && prodcli query held",
    "ramenya query --reports runs --loop --delay 60 --dstname DST_CALO --runs 1 9 --timestart 2026-01-31": (
        "query runs --dsttype DST_CALO --runs 1 9 --since 2026-01-31 --watch 60"
    ),
}


def no_file(name: str) -> str:
    raise UsageError("there is no such file", where=name)


def new(line: str) -> NewForm:
    return translate(shlex.split(line), no_file)


def refusal(line: str) -> str:
    with pytest.raises(UsageError) as failure:
        new(line)
    assert failure.value.exit_code == 2
    return str(failure.value)


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_today_has_its_form_here(line: str) -> None:
    assert str(new(line)) == f"prodcli {LINES[line]}"


REFUSED = {
    "create_submission.py --config c.yaml --rule R --max 5": (
        "create_submission.py: ambiguous option: --max could match --maxjobs, --maxqueued"
    ),
    "create_submission.py --config c.yaml": "create_submission.py: the following arguments are required: --rulename",
    "create_submission.py --config c.yaml --rule R --runs 1 --runlist f": (
        "create_submission.py: argument --runlist: not allowed with argument --runs"
    ),
    "create_submission.py --config c.yaml --rule R --bogus": "create_submission.py: unrecognized arguments: --bogus",
    "create_submission.py --config c.yaml --rule R 66456": "create_submission.py: unrecognized arguments: 66456",
    "create_submission.py --config c.yaml --rule R --append-to-rsync x": (
        "create_submission.py: --append-to-rsync has no counterpart: name the file under `payload` in the rule"
    ),
    "dstspider.py --config c.yaml --rule R --mem 2GB": (
        "dstspider.py: --mem has no counterpart: today's command does nothing with it either; leave it out"
    ),
    "dispatch_productions.py": "dispatch_productions.py: the following arguments are required: --steer-list",
    "master_production_control.sh": "master_production_control.sh: the following arguments are required: LIST",
    "kaedama --rule R": "kaedama: the following arguments are required: --config",
    "kaedama nonsense --rule R --config c.yaml": "kaedama: unrecognized arguments: nonsense",
    "kaedama --config c.yaml -r": (
        "kaedama: --resubmit has no counterpart: registered outputs are never written over;"
        " `prodcli submit --force` erases them first, and asks"
    ),
    "kaedama --config c.yaml --limit many": "kaedama: 'many' is no number of jobs",
    "ramenya": "ramenya is followed by one of: submit, query, remove",
    "ramenya --runs 1 2": "ramenya is followed by one of: submit, query, remove",
    "ramenya submit c.yaml": "ramenya submit: no rule is named (--rules, --rules-file or --rules-yaml)",
    "ramenya submit --rules R": "ramenya submit: the following arguments are required: SLURPFILE",
    "ramenya submit c.yaml --rules-file active.txt": "active.txt: there is no such file",
    "ramenya submit c.yaml --rules-yaml a.yaml --runs 1 9": (
        "ramenya submit: --runs with --rules-yaml has no counterpart: the file has the options of each rule; write it there"
    ),
    "ramenya query --reports runs held --loop": (
        "ramenya query: --loop with several reports has no counterpart: show each in a pane of its own"
    ),
    "ramenya remove DST_CALO_run2pp 66456 --segment 3": (
        "ramenya remove: erasing DST_CALO_run2pp by name has no counterpart:"
        " name the rule: prodcli erase -c FILE -r RULE --runs 66456 --segments 3"
    ),
    "resubmit_to_condor.py -r": ("resubmit_to_condor.py: no rule is named (--config FILE --rulename RULE)"),
    "monitor_plots.py --base_batchname x": (
        "monitor_plots.py has no counterpart: see `prodcli memory`, and `prodcli query efficiency`"
    ),
    "create_submision.py": (
        "'create_submision.py' is no command of today; did you mean 'create_submission.py'? (prodcli legacy show)"
    ),
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_has_no_form_here_is_one_line(line: str) -> None:
    assert refusal(line) == REFUSED[line]


@pytest.mark.parametrize("report", ["daily", "start"])
def test_a_word_is_one_of_the_choices(report: str) -> None:
    assert refusal(f"ramenya query --reports {report}").startswith(
        f"ramenya query: argument --reports: invalid choice: '{report}' (choose from "
    )


@pytest.mark.parametrize("words", ["c.yaml --rules R S", "--rules R S c.yaml", "--rules R S --nevents 0 c.yaml"])
def test_rules_of_ramenya_are_written_into_a_file_of_options(words: str) -> None:
    form = new(f"ramenya submit {words} --loop --runs 1 9 --experiment-mode cosmics")
    assert form.lines == (
        ("loop", "ramenya_R_S.yaml", "--delay", "300", "--maxcondor", "75000", "--watermark", "1.05"),
    )
    nevents = '"nevents": "0", ' if "nevents" in words else ""
    options = f'{{"config": "c.yaml", "runs": "1 9", "maxjobs": "10000", {nevents}"experiment-mode": "cosmics"}}'
    assert (form.file, form.text) == ("ramenya_R_S.yaml", f'{WRITTEN}"R": {options}\n"S": {options}\n')


def test_rules_come_from_a_file_without_its_comments() -> None:
    words = ["ramenya", "submit", "c.yaml", "--rules-file", "lists/active.txt"]
    form = translate(words, {"lists/active.txt": "R\n# S\nT # later\n\n U \n"}.__getitem__)
    assert form.file == "ramenya_active.yaml"
    assert [line.partition(":")[0] for line in form.text.splitlines()[1:]] == ['"R"', '"U"']
    assert '"runs": "0 999999"' in form.text
    assert form.lines[0][-1] == "--once"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_has_a_counterpart_or_says_why_not(name: str) -> None:
    for flag in COMMANDS[name].flags:
        assert not (flag.lacks and (flag.now or flag.how)), flag
        assert "," not in flag.names and flag.name.startswith("--"), flag


def test_exit_codes_are_those_of_today() -> None:
    codes = {
        "create_submission.py": {0: 0, 2: 2, 3: 2, 4: 41, 5: 50, 6: 1, 1: 1, 130: 130, 143: 143},
        "dstspider.py": {0: 0, 2: 2, 3: 1, 4: 41},
        "check_downstream.py": {0: 0, 1: 0, 2: 2, 3: 1, 4: 41},
        "production_control.py": {0: 0, 2: 2, 3: 2},
        "kaedama": {0: 0, 2: 2, 3: 1, 4: 1, 5: 1, 6: 1, 143: 143},
        "ramenya query": {0: 0, 4: 1},
    }
    assert {
        name: {code: COMMANDS[name].exit_code(code) for code in expected} for name, expected in codes.items()
    } == codes


def test_every_command_has_a_file() -> None:
    assert {
        "create_submission.py",
        "kaedama",
        "kaedama.py",
        "ramenya",
        "monitor_plots.py",
        "this_sphenixprod.sh",
    } <= set(wrapper_names())
    assert len(set(wrapper_names())) == len(wrapper_names())
