"""A change of one setting that may keep a test from failing: the same on every node that has the setting."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from harness.gate.files import exchanged
from harness.gate.preventions.edit import Edit, change, edited
from harness.model.prevention import Change
from harness.site.site import Site


class Candidate(NamedTuple):
    """`tests`: names of those that it may mend. `edits`: node of the site → what changes in its files."""

    name: str
    tests: tuple[str, ...]
    edits: Mapping[str, tuple[Edit, ...]]

    @property
    def unreachable(self) -> str:
        """Why the lab would go on with the old text; "" if it gets the change. Every change is one of keepalived."""
        paths = (edit.path for edits in self.edits.values() for edit in edits)
        fixed = next((path for path in paths if not exchanged(path, "keepalived")), "")
        return f"it changes {fixed}: the lab exchanges only files below /etc/keepalived" if fixed else ""

    def on(self, site: Site) -> Site:
        """A copy of the site with the change."""
        changed = {name: edited(site.nodes[name], edits) for name, edits in self.edits.items()}
        return replace(site, nodes=site.nodes | changed)

    def changes(self, site: Site) -> tuple[Change, ...]:
        """Each place once: nodes may share a file."""
        found: dict[tuple[str, int, str, str], Change] = {}
        for name, edits in self.edits.items():
            for each in (change(site.nodes[name], edit) for edit in sorted(edits)):
                key = each.file, each.line, each.text, each.was
                known = found.get(key)
                found[key] = replace(known, nodes=(*known.nodes, name)) if known else each
        return tuple(found.values())
