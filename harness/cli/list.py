"""`harness list`."""

import ast
import types
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rich.table import Table

from harness import checks, faults, mitigations
from harness.cli._console import Json, out, print_json, table
from harness.cli._parameters import family
from harness.experiment.catalogue import Experiment, experiments, first_line
from harness.faults import Fault
from harness.lab.compose import overlays, topology
from harness.mitigations import Mitigation
from harness.model import configuration


class Entry(msgspec.Struct, frozen=True):
    name: str
    about: str


class Catalogue(msgspec.Struct, frozen=True):
    """All that commands can name, read from the folders."""

    experiments: tuple[Experiment, ...]
    faults: tuple[Entry, ...]
    mitigations: tuple[Entry, ...]
    checks: tuple[Entry, ...]
    configurations: tuple[Entry, ...]
    nodes: tuple[Entry, ...]
    targets: tuple[str, ...]


def list_catalogue(*, json: Json = False) -> None:
    """What there is: experiments with their tests, faults, mitigations, checks, configurations, nodes.

    Examples:

      harness list

      harness list --json
    """
    found = catalogue()
    if json:
        print_json(found)
        return
    out.print(_experiments(found.experiments))
    for kind in ("faults", "mitigations", "checks", "configurations", "nodes"):
        out.print(_entries(kind, getattr(found, kind)))
    out.print(f"targets of faults: {', '.join(found.targets)}")


def catalogue() -> Catalogue:
    lab = topology(overlays())
    return Catalogue(
        experiments=tuple(experiments()),
        faults=entries(faults, family(faults, Fault)),
        mitigations=entries(mitigations, family(mitigations, Mitigation)),
        checks=entries(checks, checks.ALL),
        configurations=tuple(Entry(name, _about(name)) for name in configuration.names()),
        nodes=tuple(
            Entry(node.name, _node(node.kind, [port.name for port in node.ports])) for node in lab.nodes.values()
        ),
        targets=tuple(lab.targets()),
    )


def entries(package: types.ModuleType, exported: Iterable[str]) -> tuple[Entry, ...]:
    """What a folder exports and has a file for."""
    folder = Path(str(package.__file__)).parent
    files = {name: folder / f"{name}.py" for name in exported}
    return tuple(Entry(name, _words(path)) for name, path in sorted(files.items()) if path.is_file())


def _words(path: Path) -> str:
    """The first line of the function that the file is named after (a check's invariant), else of the file."""
    module = ast.parse(path.read_text())
    named = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == path.stem]
    return next((line for node in named if (line := first_line(node))), first_line(module))


def _about(name: str) -> str:
    """A configuration's first sentence."""
    return " ".join(configuration.Configuration.load(name).about.split()).partition(". ")[0].removesuffix(".") + "."


def _node(kind: str, ports: list[str]) -> str:
    return f"{kind}: {', '.join(ports)}"


def _experiments(found: tuple[Experiment, ...]) -> Table:
    rows = table("experiment", "test", "intent", "configuration", "what it shows")
    for experiment in found:
        rows.add_row(experiment.name, "", "", "", experiment.about, style="bold")
        for test in experiment.tests:
            rows.add_row("", test.name, test.intent, test.configuration, test.about)
    return rows


def _entries(kind: str, found: tuple[Entry, ...]) -> Table:
    rows = table(kind, "")
    for entry in found:
        rows.add_row(entry.name, entry.about)
    return rows
