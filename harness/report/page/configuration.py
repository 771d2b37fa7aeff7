"""The configuration as it ran, without its secrets, and what differs from an earlier run."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from typing import Final, NamedTuple

from harness.report.page.html import text
from harness.report.page.material import ConfigurationFile, Material
from harness.report.page.redact import redacted

MOST_CHARACTERS: Final = 60_000
MOST_DIFFERENCES: Final = 2_000  # lines of all


class Shown(NamedTuple):
    """A text that one or several configurations give a file of a node."""

    node: str
    name: str
    text: str
    configurations: tuple[str, ...]


def configuration(material: Material, against: Material | None) -> Iterator[str]:
    if against:
        yield from _differences(material, against)
    shown = _shown(material.files)
    if not shown:
        return
    yield '<details id="configuration"><summary>'
    yield f"The configuration as it ran: {len(shown)} texts, without secrets</summary>"
    for each in shown:
        yield (
            f"<details><summary>{text(each.node)}: {text(each.name)} <span class=quiet>"
            f"{text(', '.join(each.configurations))}</span></summary><pre>{text(_cut(each.text))}</pre></details>"
        )
    yield "</details>"


def _shown(files: Sequence[ConfigurationFile]) -> list[Shown]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in files:
        found.setdefault((each.node, each.name, redacted(each.text)), []).append(each.configuration)
    return [Shown(*key, tuple(names)) for key, names in sorted(found.items(), key=lambda item: item[0][:2])]


def _cut(whole: str) -> str:
    left = len(whole) - MOST_CHARACTERS
    return whole if left <= 0 else f"{whole[:MOST_CHARACTERS]}\n… {left:,} more characters"


def _differences(material: Material, against: Material) -> Iterator[str]:
    """Files by configuration, node and name; a gate's configuration has another name in each run."""
    lines = [*_facts(material, against), *_diff(_named(against), _named(material))]
    cut = lines[:MOST_DIFFERENCES]
    more = [f"… {len(lines) - len(cut):,} more lines"] if len(lines) > len(cut) else []
    body = "".join(f'<span class="{_kind(line)}">{text(line)}\n</span>' for line in (*cut, *more))
    told = f"<pre class=diff>{body}</pre>" if lines else "<p>No version, parameter or file differs.</p>"
    yield (
        f'<details id="against" open><summary>What differs from {text(against.header.run)}, the earlier run</summary>'
        f"{told}</details>"
    )


def _kind(line: str) -> str:
    return {"+": "plus", "-": "minus", "@": "at"}.get(line[:1], "same")


def _told(material: Material) -> dict[str, object]:
    header = material.header
    return {**header.versions, **header.parameters}


def _facts(material: Material, against: Material) -> Iterator[str]:
    new, old = _told(material), _told(against)
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name) and name != "lab":
            yield f"-{name}: {old.get(name, 'not recorded')}"
            yield f"+{name}: {new.get(name, 'not recorded')}"


Files = dict[tuple[str, str, str], str]
"""(configuration, node, name) → text."""


def _named(material: Material) -> Files:
    only = len({each.configuration for each in material.files}) == 1
    return {("" if only else each.configuration, each.node, each.name): each.text for each in material.files}


def _diff(old: Files, new: Files) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before != after:
            yield from _of_file("/".join(filter(None, key)), before, after)


def _of_file(name: str, before: str | None, after: str | None) -> Iterator[str]:
    old, new = (redacted(each or "").splitlines() for each in (before, after))
    if before is not None and after is not None and old == new:
        yield f"@ {name} differs in a secret, or in the ends of its lines, alone"
        return
    was, now = (name if each is not None else "no such file" for each in (before, after))
    yield from unified_diff(old, new, fromfile=was, tofile=now, lineterm="")
