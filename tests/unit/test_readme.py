"""README and docs say what is there: generated blocks, commands, links and targets."""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from harness import checks
from harness.cli import app
from harness.experiment.catalogue import find_experiment
from scripts.readme import PAGES, README, RECORDINGS, ROOT, block, recorded, renewed

BESIDE = [ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
DOCUMENTS = [README, *BESIDE, *sorted((ROOT / "docs").glob("*.md"))]
ENDS = {"&", ";", "|", ">", "&&"}
FAMILIES = {"inject", "mitigate"}  # the next word is a verb too
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def found(pattern: str) -> list[tuple[str, str]]:
    """(document, match) of every match in every document, each once."""
    texts = ((path.relative_to(ROOT), path.read_text()) for path in DOCUMENTS)
    return list(dict.fromkeys((str(name), match) for name, text in texts for match in re.findall(pattern, text)))


def words(line: str) -> list[str]:
    """Up to what is the shell's, or a comment's."""
    parts = shlex.split(line, comments=True)
    return parts[: next((n for n, part in enumerate(parts) if part in ENDS), len(parts))]


def commands() -> Iterator[tuple[str, str]]:
    """What is typed after a prompt, and what stands in the text as a command: not NAMES to be replaced, nor lists."""
    yield from found(r"(?m)^\$ (harness .*)$")
    for document, line in found(r"`(harness [a-z][^`\n]*)`"):
        if not re.search(r"\b[A-Z]{2,}|[,|…]", line):
            yield document, line


def shown_help(line: str) -> Result:
    """What `--help` says behind the verb: it calls nothing, and fails on a verb or option that does not exist."""
    arguments = words(line)[1:]
    depth = 2 if arguments[0] in FAMILIES else 1
    return CliRunner().invoke(app, [*arguments[:depth], "--help", *arguments[depth:]])


@pytest.mark.parametrize("page, name", [(page, name) for page, blocks in PAGES.items() for name in blocks])
def test_generated_block_is_up_to_date(page: Path, name: str) -> None:
    assert block(page.read_text(), name) == PAGES[page][name](), "run: python scripts/readme.py"


def test_renewing_replaces_what_was_there_and_nothing_else() -> None:
    text = README.read_text()
    assert renewed(text.replace("no_stale_arp", "stale")) != text.replace("no_stale_arp", "stale")
    assert renewed(text) == text


def test_the_example_is_of_the_command_above_it() -> None:
    outcome = recorded()
    assert (outcome.experiment, outcome.verdict) == ("june_13", "passed")
    assert [test.name for test in outcome.tests] == [f"test_{name}" for name in RECORDINGS]
    above, _, _ = README.read_text().partition("<!-- example: june_13 -->")
    assert above.splitlines()[-2] == f"$ harness run june_13 --only {','.join(RECORDINGS)} --trials 1"


def test_every_step_of_the_example_is_judged_by_every_check() -> None:
    """By those of today: a check that is younger than the recording has judged it as well."""
    steps = [step for test in recorded().tests for trial in test.trials for step in trial.steps]
    assert steps
    for step in steps:
        assert [finding.name for finding in step.checks] == list(checks.ALL)


def test_the_example_shows_every_violation() -> None:
    shown = block(README.read_text(), "example: june_13")
    for test in recorded().tests:
        findings = [finding for trial in test.trials for step in trial.steps for finding in step.checks]
        for name in {finding.name for finding in findings if finding.violated}:
            assert re.search(rf"(?m)^{test.name.removeprefix('test_')}: .*\b{name}\b.* violated", shown)


@pytest.mark.parametrize("document, line", list(commands()))
def test_command_exists(document: str, line: str) -> None:
    assert shown_help(line).exit_code == 0, shown_help(line).output
    verb, *arguments = words(line)[1:]
    if verb in FAMILIES and len(arguments) > 1 and "--lab" not in arguments:  # a lab of that name is not up
        planned = CliRunner().invoke(app, [verb, *arguments, "--dry-run"])
        assert planned.exit_code == 0, planned.output
    if verb == "run" and arguments:
        only = dict(pairwise(arguments)).get("--only", "")
        assert find_experiment(arguments[0]).choose(only)


@pytest.mark.parametrize("line", ["harness fly", "harness run june_13 --often 3", "harness inject thunder trunk"])
def test_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert shown_help(line).exit_code == 2


@pytest.mark.parametrize("document, link", found(r"\]\(([^)#:]+)\)"))
def test_link_leads_somewhere(document: str, link: str) -> None:
    assert ((ROOT / document).parent / link).exists()


@pytest.mark.parametrize("document, target", found(r"(?m)(?:`|^\$ |^[A-Z0-9=]* ?)make ([a-z-]+)"))
def test_make_target_exists(document: str, target: str) -> None:
    assert target in TARGETS


@pytest.mark.parametrize("document, path", found(r"`((?:harness|tests|compose|scripts|experiments)/[\w./-]+)`"))
def test_path_exists(document: str, path: str) -> None:
    """NAME stands for any."""
    glob = re.sub(r"NAME|VANTAGE", "*", path)
    assert list(ROOT.glob(glob))
