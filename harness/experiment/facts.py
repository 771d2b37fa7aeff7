"""What a run was made of, read back from its folder. Pure but for reading."""

from collections.abc import Iterable
from pathlib import Path

from harness.history import store
from harness.model.run_facts import RunFacts, Texts
from harness.site.redacted import redacted


def facts_of(run: Path, primary: Iterable[str]) -> RunFacts | None:
    """None for a run that never began: it has no header."""
    if not store.header_path(run).is_file():
        return None
    header = store.read_header(run)
    return RunFacts(
        began=header.began,
        versions=header.versions,
        parameters=header.parameters,
        configurations=_configurations(run),
        primary=tuple(primary),
    )


def _configurations(run: Path) -> dict[str, Texts]:
    """Name → node → file → text, without passwords."""
    found: dict[str, Texts] = {}
    for file in sorted((run / "configuration").glob("*/*/*")):
        name, node = file.parent.parent.name, file.parent.name
        found.setdefault(name, {}).setdefault(node, {})[file.name] = redacted(file.read_text(errors="replace"))
    return found
