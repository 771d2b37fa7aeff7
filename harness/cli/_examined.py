"""What `harness lint` and `harness gate` begin with: a site's folder, read and examined."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from harness import lint
from harness.cli._console import say
from harness.cli._site import read_site
from harness.lab.dockerfile import BALANCER
from harness.lab.examine import examine
from harness.lab.images import ensure_images
from harness.lint import Finding, LintReport, Pair
from harness.model.errors import UnknownName
from harness.model.file_problem import Problem
from harness.site.refusals import refusals
from harness.site.secrets import secrets, struct_without
from harness.site.site import Site


class Examined(NamedTuple):
    """`pair` None: the files were refused, and nothing was asked. `report` has no password of the site."""

    site: Site
    pair: Pair | None
    report: LintReport


def examined(folder: Path, nodes: Sequence[str] = (), settings: Sequence[str] = (), release: str = "") -> Examined:
    """`nodes`, `settings`, `release`: options (`_site`).

    Raises `UsageError` for a folder that cannot be read, `EnvironmentProblem` if nothing could be asked.
    """
    site = read_site(folder, nodes, settings, release)
    _refuse_unknown_rules(site)
    if refused := refusals(site):
        findings = tuple(map(_refusal, refused))
        report = LintReport("REFUSED", f"{findings[0].sentence} Nothing was judged.", findings)
        return Examined(site, None, struct_without(report, secrets(site)))
    ensure_images(say, wanted={BALANCER}, releases=site.releases)
    pair = lint.pair(site, examine(site))
    report = lint.judge(pair, lint.ALL.values(), datetime.now(UTC).date())
    return Examined(site, pair, struct_without(report, secrets(site)))


def _refuse_unknown_rules(site: Site) -> None:
    for each in site.accept:
        if each.rule not in lint.ALL:
            raise UnknownName("rule", each.rule, lint.ALL)


def _refusal(problem: Problem) -> Finding:
    return Finding("refused", "error", problem.path, problem.line, problem.said)
