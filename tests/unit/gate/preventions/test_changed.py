"""A pair with a change: what the lab would not get is not tried."""

from importlib import import_module

import pytest
from msgspec.structs import replace

from harness.gate.prepare import Prepared, Wish, prepare
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.changed import changed
from harness.gate.preventions.edit import Edit
from harness.model.errors import UsageError
from harness.site.site import KEEPALIVED, SiteFile
from tests.recorded_sites import recorded

INCLUDED = b"nopreempt\n"


def with_file(path: str) -> Prepared:
    """A sound pair, each node of which also has a file at `path`."""
    pair = recorded("wiki-minimal")
    file = SiteFile("more.conf", path, INCLUDED, 0o644)
    nodes = {name: replace(node, files=(*node.files, file)) for name, node in pair.site.nodes.items()}
    return prepare(pair._replace(site=replace(pair.site, nodes=nodes)), Wish(only=("return",)))


@pytest.fixture(autouse=True)
def _examined(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs say of the changed files what they said of the recorded ones."""
    answers = {node.name: node.examined for node in recorded("wiki-minimal").nodes}
    monkeypatch.setattr(import_module("harness.gate.preventions.changed"), "examine", lambda _: answers)


@pytest.mark.parametrize("path", ["/opt/ha/vrrp.conf", "/etc/haproxy/vrrp.conf", "/etc/keepalived.conf"])
def test_a_line_of_a_file_that_the_lab_does_not_exchange_is_not_tried(path: str) -> None:
    """Else the unchanged pair would be judged. A file of HAProxy restarts HAProxy alone."""
    prepared = with_file(path)
    candidate = Candidate("it", ("return",), {"lb1": (Edit(path, 1, ("preempt_delay 5",)),)})
    with pytest.raises(UsageError, match=f"it changes {path}: the lab exchanges only files below /etc/keepalived"):
        changed(prepared, candidate, ("return",), "with-1")


@pytest.mark.parametrize("path", [KEEPALIVED, "/etc/keepalived/conf.d/vrrp.conf"])
def test_the_lab_gets_every_other_file_of_a_change(path: str) -> None:
    prepared = with_file(f"/etc/keepalived/conf.d/{path.rpartition('/')[2]}")
    candidate = Candidate("it", ("return",), {"lb1": (Edit(path, 0, ("# changed",)),)})
    subject = changed(prepared, candidate, ("return",), "with-1")
    text = subject.configuration.render(subject.prepared.place.topology, prepared.place.names["lb1"])[path]
    assert text.startswith("# changed\n")
