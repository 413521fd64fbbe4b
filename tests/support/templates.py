"""A template of productions as the field has them, with what its copies have to be cured of."""

import subprocess
from pathlib import Path

from prodcli.books.claimant import short_host

RULES = """\
# two steps
prod1_TRIGGERED_EVENT_run3auau:
  params:
    dsttype:      DST_TRIGGERED_EVENT
    period:       run3auau
    build:        PROD
    dbtag:        TAG
    version:      VERSION

  job:
    script:       run.sh
    payload:      [../code/*]
    neventsper:   10000
    request_memory: 2 GB, 3 GB

prod1_CALOFITTING_run3auau:
  params:
    dsttype:      DST_CALOFITTING
    period:       run3auau
    build:        PROD
    dbtag:        TAG
    version:      VERSION

  input:
    intriplet:    PROD_TAG_VERSION  # the output of the rule above

  job:
    script:       run.sh
    payload:      [../code/*]
    neventsper:   1000
    request_memory: 2 GB
"""
PILOT = """\
### Prod03
{host}:
  defaultlocations:
    prodbase:   /nowhere/sphenixprod
    configbase: /somewhere/Production2026/BRANCH/dir_BRANCH
    submitdir:  /nowhere/submission/{{rule}}

  # Event combining
  PROD_TRIGGERED_EVENT_run3auau:
    config: calo_physics_PROD_TAG_VERSION.yaml
    runlist: /somewhere/Production2026/BRANCH/dir_BRANCH/runlist
    submit: on

  PROD_CALOFITTING_run3auau:
    config: calo_physics_PROD_TAG_VERSION.yaml
    runlist: /somewhere/Production2026/BRANCH/dir_BRANCH/runlist
    submit: on
"""


def write_template(folder: Path) -> Path:
    """Write a template of two rules, their code, and a pilot for this host."""
    template = folder / "prodmacros" / "run3auau"
    for name in ("rules", "pilots", "code"):
        (template / name).mkdir(parents=True)
    (template / "rules" / "calo_physics_PROD_TAG_VERSION.yaml").write_text(RULES)
    (template / "pilots" / "autopilot_PROD_TAG_VERSION.yaml").write_text(PILOT.format(host=short_host()))
    script = template / "code" / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    return template


def make_repository(folder: Path) -> None:
    """Make a git repository of a folder, with one commit; the home folder gets the author of commits."""
    home = folder.parent / ".gitconfig"
    home.write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "templates")


def git(folder: Path, *words: str) -> str:
    """What git answers in a folder."""
    return subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout.strip()
