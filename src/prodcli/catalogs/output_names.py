"""Find the outputs of a rule's jobs: parse its file names, and find the folders of a name.

Pure: data in, data out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from prodcli.names import MOST_SEGMENT, leafdir, parse_output_name, placeholders, run_group
from prodcli.rules.layout import Layout

_FIELD = re.compile(r"\{(\w+)\}")
_LIKE = re.compile(r"[!%_]")
_NUMBERS = {"run8": "[0-9]{8}", "seg5": "[0-9]{5,10}", "run": "[0-9]{1,8}", "seg": "[0-9]{1,10}"}
_NUMBERS |= {"outseg5": _NUMBERS["seg5"], "outseg": _NUMBERS["seg"]}


class OutputKind(NamedTuple):
    """What a file that a rule's jobs leave is: its dsttype, run and segment."""

    dsttype: str
    run: int
    segment: int


@dataclass(frozen=True)
class OutputNames:
    """The names of a rule's outputs."""

    layout: Layout

    @property
    def like(self) -> str:
        """A pattern for LIKE with the escape `!` that matches every name."""
        return "%".join(_LIKE.sub(r"!\g<0>", part) for part in _FIELD.split(self._plain)[::2]) + ".root"

    def parse(self, filename: str) -> dict[str, str] | None:
        """The fields of the job that makes an output; None for a name that the rule never makes.

        `seg` is the segment of the job's inputs, and `outseg` that of its first output.
        """
        found = self._read(filename)
        if found is None:
            return None
        first = self.layout.first_output(int(found["seg"]))
        return found | {"outseg": str(first), "outseg5": f"{first:05d}"}

    def segment(self, filename: str) -> int | None:
        """The segment of an output itself; None for a name that the rule never makes."""
        found = self._read(filename)
        return None if found is None else int(found["outseg"])

    def other_kind(self, filename: str) -> OutputKind | None:
        """A file that a job of the rule leaves beside its outputs: `DST_Jet` beside `DST_JETCALO`, histograms, calibrations.

        Its dsttype is what stands before dataset and tag. None for a dsttype of the site profile, which other rules make,
        and for a file of another dataset or tag.
        """
        rule = self.layout.rule
        try:
            outbase, run, segment = parse_output_name(filename)
        except ValueError:
            return None
        dsttype = outbase.removesuffix(f"_{rule.params.dataset}_{rule.outtriplet}")
        if rule.params.names is not None or dsttype in (outbase, "") or dsttype in self._made_by_rules:
            return None
        return OutputKind(dsttype, run, segment)

    @cached_property
    def _made_by_rules(self) -> frozenset[str]:
        """The dsttypes of the profile, with the leaves of their hosts, and that of the rule itself."""
        every = (*self.layout.rule.site.dsttypes.values(), self.layout.rule.dsttype)
        return frozenset(leafdir(one.name, leaf) for one in every for leaf in ("", *(host.leaf for host in one.hosts)))

    def _read(self, filename: str) -> dict[str, str] | None:
        """The fields of the job that makes an output, with the segment of this output."""
        found = self._pattern.fullmatch(filename)
        if found is None:
            return None
        fields = {key: text for key, text in found.groupdict().items() if text is not None}
        run, output = (_number(fields, *keys) for keys in (("run8", "run"), ("outseg5", "outseg", "seg5", "seg")))
        if "leafdir" in fields and self._hosts and fields["leafdir"] not in self._hosts:
            return None
        segment = output // self.layout.outputs_per_job
        more = {"run": str(run), "run8": f"{run:08d}", "seg": str(segment), "seg5": f"{segment:05d}"}
        more |= {"outseg": str(output), "outseg5": f"{output:05d}"}
        rule = self.layout.rule
        group = run_group(run, rule.job.rungroup_tmpl or rule.site.run_group)
        told = {"daqhost": self._hosts.get(fields.get("leafdir", ""), ""), **fields, "rungroup": group, **more}
        made = self._plain.format_map(told) + ".root"
        return told if made == filename and output <= MOST_SEGMENT else None

    def value(self, key: str, fields: Mapping[str, str]) -> str | None:
        """A path of the job that makes an output; None if the name does not have all fields of the path."""
        template = self.layout.formats[key]
        return template.format_map(fields) if set(placeholders(template)) <= set(fields) else None

    def root(self, key: str) -> str:
        """The folder below which all of the rule's directories of a kind lie.

        The part that is the same for all jobs.
        """
        fixed = self.layout.formats[key].partition("{")[0] if "{{" not in self.layout.formats[key] else ""
        return fixed.rpartition("/")[0]

    @property
    def _plain(self) -> str:
        return self.layout.formats["logbase"]

    @cached_property
    def _hosts(self) -> dict[str, str]:
        """The host of each leafdir; nothing for a rule with names of its own."""
        rule = self.layout.rule
        if rule.params.names is not None:
            return {}
        hosts = {leafdir(rule.params.dsttype, host.leaf): host.name for host in rule.dsttype.hosts}
        return hosts if rule.combining else {rule.params.dsttype: ""}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _FIELD.split(self._plain)
        seen: set[str] = set()
        text = ""
        for number, part in enumerate(parts):
            if number % 2 == 0:
                text += re.escape(part)
            elif part in seen:
                text += f"(?P={part})"
            else:
                seen.add(part)
                text += f"(?P<{part}>{_NUMBERS.get(part, '[^/]+?')})"
        return re.compile(text + re.escape(".root"))


def _number(fields: Mapping[str, str], *keys: str) -> int:
    """The number of the first of some fields that is there; 0 if none is."""
    return next((int(fields[key]) for key in keys if key in fields), 0)
