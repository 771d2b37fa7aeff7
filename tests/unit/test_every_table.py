"""Each table of each page of docs/ is made by a script, or measures nothing."""

import re
from collections.abc import Iterator

import pytest

from scripts import readme
from scripts.tables import BLOCKS, DOCS

DEFINE = {
    "by-hand.md": {
        "| verb | active faults | caches | containers and networks | images | recorded runs |",
        "| | |",  # exit statuses
    },
    "campaign.md": {"| what | meaning |", "| engine | what is read |", "| | 0 | 1 | 2 | 3 | 130 |"},
    "ci.md": {
        "| exit status | lint | gate |",
        "| release | keepalived | HAProxy |",
        "| | keepalived 2.2.7 | keepalived 2.3.3 | what comes of it |",  # both: tests/unit/lint/test_releases.py
        "| release | verdict of lint | error |",
    },
    "compare.md": {"| exit status | verdict | when |"},
    "design.md": {
        "| layer | what it may know |",
        "| `state` | `recovery_s` | when the watch ended |",
        "| judgement | meaning |",
    },
    "export.md": {"| `--as` | files | for |"},
    "faults.md": {"| event | it has happened when |"},
    "fidelity.md": {"| behaviour | here | how, and the source | test |"},
    "foresee.md": {
        "| part | rules | source |",
        "| it asks | it fails when HAProxy of that node |",
        "| a mechanism has | what it means |",
        "| what is said | what it means |",
        "| rule | what a lab would have to record |",
    },
    "gate.md": {
        "| test | what fails | allowed | decides |",
        "| verdict | exit | |",
        "| the lab | |",
        "| the lab shows | verdict |",
        "| word | when |",
        "| what fails | changes that are tried |",
    },
    "glbp.md": {"| part | how | held by |"},
    "install.md": {
        "| | | where it comes from |",
        "| | from a checkout | from a wheel |",
        "| platform | | why |",
        "| missing | without it |",
    },
    "judge.md": {"| option | what it tells |", "| check | violated if | holds if |"},
    "july-22.md": {
        "| how | what |",
        "| check or measure | from |",
        "| what | is |",  # where rates and watches come from
        "| step | what is done | what must be seen |",
        "| act | cures | why |",
        "| done | sessions / 0.26 s | connections / 0.26 s | enough for 140/s |",  # arithmetic
        "| prevention | configuration | what is left |",
        "| mode | what a session does | what HAProxy does about it |",
        "| at the limit | and | cause |",
    },
    "june-13.md": {
        "| t | what the wire and the kernels show |",  # one trial, said to be
        "| test | configuration | what is done | what must be seen |",
    },
    "lint.md": {
        "| key | what it says |",
        "| first word | exit status | meaning |",
        # Counted by hand, said to be:
        "| round | defects told at first | after the rules that followed | sound pairs called UNSAFE at first |",
    },
    "measurements.md": {"| what | command | n | seen | load before |"},  # single observations, each with its command
    "privileges.md": {"| container | capabilities | why | what it reaches |", "| what | why | what it reaches |"},
    "public-cases.md": {"| test | what was told | in the lab | by hand |"},
    "report.md": {"| exit status | meaning |", "| rows | what they show |"},
    "topologies.md": {"| key | what it says |", "| key of a node | what it says |", "| `asks` | served is |"},
    "undo.md": {
        "| what ends | what undoes | when, at the latest | what if the undo fails |",
        "| what a fault changes | how it is undone | what is not given back |",
    },
}
"""Page → first lines of its tables that are no result of a script."""

REGISTRIES = {(page.name, name) for page, blocks in readme.PAGES.items() for name in blocks}
MADE = {(each.page, each.name) for each in BLOCKS} | REGISTRIES


def heads(text: str) -> Iterator[tuple[str, str]]:
    """The first line of every table, and the block in which it stands, or ""."""
    inside, before = "", ""
    for line in map(str.strip, text.splitlines()):
        if mark := re.fullmatch(r"<!-- (/?)(.+) -->", line):
            inside = "" if mark[1] else mark[2]
        if line.startswith("|") and not before.startswith("|"):
            yield line, inside
        before = line


def unexplained(page: str, text: str) -> set[str]:
    """Tables that no script makes and that are not among `DEFINE`; and what `DEFINE` has and the page has not."""
    outside = {head for head, inside in heads(text) if (page, inside) not in MADE}
    return outside ^ DEFINE.get(page, set())


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("**/*.md")))
def test_every_table_is_a_block_or_a_definition(page: str) -> None:
    assert not unexplained(page, (DOCS / page).read_text())


def test_a_table_that_no_script_makes_is_noticed() -> None:
    """At the end of a page, in a list, in a block that no script knows, and one that is defined and gone."""
    page, text = "undo.md", (DOCS / "undo.md").read_text()
    new = "| seconds | n |"
    assert unexplained(page, f"{text}\n{new}\n|---|---|\n| 3 | 1 |\n") == {new}
    assert unexplained(page, f"{text}\n- so:\n\n  {new}\n  |---|---|\n") == {new}
    assert unexplained(page, f"{text}\n<!-- mine -->\n{new}\n|---|---|\n<!-- /mine -->\n") == {new}
    assert unexplained(page, "") == DEFINE[page]
    assert not unexplained("faults.md", (DOCS / "faults.md").read_text())
