"""The rules of haproxy.cfg on all recorded sites: no error where there is none."""

import tomllib
from collections.abc import Iterator
from typing import Final

import pytest

from harness import lint
from tests.lint_pairs import SITES, recorded

RULES: Final = (
    "check-asks-servers",
    "haproxy-file-not-supplied",
    "haproxy-will-not-start",
    "health-check-slower",
    "open-files-below-limit",
    "server-without-check",
    "session-limit-above-process",
    "session-limit-below-load",
    "vip-bind-without-nonlocal",
    "vip-not-bound",
)


def expected(name: str) -> dict[str, str]:
    text = (SITES / name / "expect.toml").read_text()
    return {key: value for key, value in tomllib.loads(text).items() if isinstance(value, str)}


def errors(name: str) -> Iterator[tuple[str, str]]:
    pair = recorded(name)
    for finding in (finding for rule in RULES for finding in lint.ALL[rule](pair)):
        if finding.severity == "error":
            yield finding.rule, f"{finding.file}:{finding.line}"


@pytest.mark.parametrize("name", sorted(each.name for each in SITES.iterdir()))
def test_errors_are_those_that_are_expected(name: str) -> None:
    wanted = expected(name)
    found = list(errors(name))
    assert {rule for rule, _ in found} <= {wanted["finding"]}
    if wanted["finding"] in RULES:
        assert (wanted["finding"], wanted["where"]) in found
