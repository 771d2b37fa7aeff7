"""SARIF: what code scanning needs of it, and names that are no URI as they stand."""

import json
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from harness import lint
from harness.lint import Finding, LintReport
from harness.report.sarif import document

FOUND = Finding(
    "vrid-mismatch", "error", "lb2/keepalived.conf", 7, 'It "differs"\n<b>.', "virtual_router_id 51", "none"
)
NOTE = Finding("accepted-no-longer", "note", "pair.toml", 0, "Until yesterday.")


def run(*findings: Finding, folder: str = "site") -> dict[str, Any]:
    read = json.loads(document(LintReport("UNSAFE", "so", findings), lint.ALL.values(), Path(folder)))
    assert (read["version"], read["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    (only,) = read["runs"]
    return cast("dict[str, Any]", only)


def uri(file: str, folder: str = "site") -> str:
    (result,) = run(Finding("r", "error", file, 1, "s"), folder=folder)["results"]
    return str(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def test_every_rule_is_described() -> None:
    driver = run()["tool"]["driver"]
    assert driver["name"] == "failover-harness"
    assert {rule["id"] for rule in driver["rules"]} == set(lint.ALL)
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]


def test_a_finding_has_its_place() -> None:
    (result,) = run(FOUND)["results"]
    assert (result["ruleId"], result["level"]) == ("vrid-mismatch", "error")
    assert result["message"]["text"] == 'It "differs"\n<b>. Instead: virtual_router_id 51'
    (place,) = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "site/lb2/keepalived.conf"},
        "region": {"startLine": 7},
    }


def test_a_line_is_at_least_1_or_absent() -> None:
    (result,) = run(NOTE)["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]


def test_every_level_is_one_of_sarif() -> None:
    levels = {each["level"] for each in run(FOUND, NOTE, Finding("r", "warning", "f", 1, "s"))["results"]}
    assert levels == {"error", "note", "warning"}


def test_a_name_becomes_a_uri() -> None:
    assert uri("a b#c?d%e:f.conf") == "site/a%20b%23c%3Fd%25e%3Af.conf"
    assert uri("x.conf", "/srv/my site") == "file:///srv/my%20site/x.conf"


@given(name=st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1))
def test_any_name_can_be_read_back(name: str) -> None:
    read = urlsplit(uri(f"x{name}"))
    assert (read.scheme, read.netloc, read.query, read.fragment) == ("", "", "", "")
    assert unquote(read.path) == f"site/x{name}"
