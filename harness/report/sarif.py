"""A lint report as SARIF 2.1.0 (OASIS), for code scanning of GitHub, GitLab and editors."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from harness import __version__
from harness.lint import Finding, LintReport, Rule

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


class _Text(msgspec.Struct, frozen=True):
    text: str


class _Region(msgspec.Struct, frozen=True, rename="camel"):
    start_line: int


class _Artifact(msgspec.Struct, frozen=True):
    uri: str


class _Physical(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    artifact_location: _Artifact
    region: _Region | None = None


class _Location(msgspec.Struct, frozen=True, rename="camel"):
    physical_location: _Physical


class _Result(msgspec.Struct, frozen=True, rename="camel"):
    rule_id: str
    level: str
    message: _Text
    locations: tuple[_Location, ...]


class _Rule(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    short_description: _Text
    full_description: _Text


class _Driver(msgspec.Struct, frozen=True):
    name: str
    version: str
    rules: tuple[_Rule, ...]


class _Tool(msgspec.Struct, frozen=True):
    driver: _Driver


class _Run(msgspec.Struct, frozen=True):
    tool: _Tool
    results: tuple[_Result, ...]


class _Log(msgspec.Struct, frozen=True):
    schema: str = msgspec.field(name="$schema")
    version: str
    runs: tuple[_Run, ...]


def document(report: LintReport, rules: Iterable[Rule], folder: Path) -> str:
    """As text. `folder`: the site's, as it is named from the checkout's root."""
    described = tuple(_Rule(each.name, _Text(each.outage), _Text(each.about)) for each in rules)
    tool = _Tool(_Driver("failover-harness", __version__, described))
    results = tuple(_result(each, folder) for each in report.findings)
    log = _Log(schema=_SCHEMA, version="2.1.0", runs=(_Run(tool, results),))
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode()


def _result(finding: Finding, folder: Path) -> _Result:
    region = _Region(finding.line) if finding.line else None
    place = _Location(_Physical(_Artifact(_uri(folder / finding.file)), region))
    return _Result(finding.rule, finding.severity, _Text(finding.text), (place,))


def _uri(path: Path) -> str:
    """RFC 3986: relative to the checkout's root, which code scanning needs; a file URI only if it is absolute."""
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
