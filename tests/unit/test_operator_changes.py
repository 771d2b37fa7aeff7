"""A reset takes back what an operator changed in a HAProxy, also if the reset itself fails at first."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.agents.services.haproxy import operator_changes, runtime
from harness.agents.services.haproxy.operator_changes import FILE, NOTES, ORIGINAL, OperatorChanges
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit.supervised import Service, Status
from harness.model.errors import AgentError
from harness.model.units import ms

CONFIGURED = "global\n    maxconn 100\nfrontend api\n    maxconn 100\n"


@dataclass
class Balancer:
    """A HAProxy: what its file says at its last reload, and what was set since. `deaf`: it does not reload."""

    root: Path
    pid: int = 7
    boot: int = 100
    deaf: bool = False
    down: bool = False
    values: dict[str, str] = field(default_factory=lambda: {"maxconn frontend api": "100"})

    def reload(self, letters: str) -> None:
        if not self.deaf:
            words = (self.root / FILE.lstrip("/")).read_text().split()
            self.pid, self.boot = self.pid + 1, int(words[words.index("maxconn") + 1])
            self.values = {"maxconn frontend api": str(self.boot)}

    def read(self, _init: int, key: str) -> str:
        if self.down or key not in self.values:
            raise runtime.Gone("HAProxy is not running.")
        return self.values[key]

    def write(self, _init: int, key: str, value: str) -> None:
        self.read(0, key)
        self.values[key] = value


@pytest.fixture
def balancer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Balancer:
    for path in (FILE, NOTES):
        (tmp_path / path.lstrip("/")).parent.mkdir(parents=True)
    file = tmp_path / FILE.lstrip("/")
    file.write_text(CONFIGURED)
    file.chmod(0o640)
    found = Balancer(tmp_path)
    monkeypatch.setattr(NodeFiles, "of", lambda _init: NodeFiles(str(tmp_path)))
    monkeypatch.setattr(Service, "control", lambda _, letters: found.reload(letters))
    monkeypatch.setattr(Service, "status", lambda _: Status(7, wanted_up=True, running=True))
    monkeypatch.setattr(operator_changes, "RELOAD_PATIENCE_NS", 20 * ms)
    monkeypatch.setattr(runtime, "pid", lambda _: found.pid)
    monkeypatch.setattr(runtime, "boot_limit", lambda _: found.boot)
    monkeypatch.setattr(runtime, "names", lambda _, **__: ["api/FRONTEND"])
    monkeypatch.setattr(runtime, "read", found.read)
    monkeypatch.setattr(runtime, "write", found.write)
    return found


@pytest.fixture
def changes(balancer: Balancer) -> OperatorChanges:
    return OperatorChanges(Service("lb-ext-1", 1, "haproxy"))


def there(balancer: Balancer, path: str) -> bool:
    return (balancer.root / path.lstrip("/")).exists()


def test_a_limit_that_was_raised_is_taken_back(balancer: Balancer, changes: OperatorChanges) -> None:
    assert changes.limit(600) == "reload"
    assert (balancer.boot, there(balancer, ORIGINAL)) == (600, True)
    changes.restore()
    file = balancer.root / FILE.lstrip("/")
    assert (balancer.boot, file.read_text(), file.stat().st_mode & 0o777) == (100, CONFIGURED, 0o640)
    assert not there(balancer, ORIGINAL)


def test_a_reset_whose_reload_failed_is_repeated(balancer: Balancer, changes: OperatorChanges) -> None:
    """A HAProxy that was frozen has not read the original: a second reset must not find everything in order."""
    changes.limit(600)
    balancer.deaf = True
    with pytest.raises(AgentError, match="a new HAProxy process"):
        changes.restore()
    balancer.deaf = False
    changes.restore()
    assert (balancer.boot, there(balancer, ORIGINAL)) == (100, False)


def test_of_two_changes_the_value_before_the_first_returns(balancer: Balancer, changes: OperatorChanges) -> None:
    assert [changes.limit(50), changes.limit(80)] == ["live", "live"]
    changes.restore()
    assert (balancer.values, there(balancer, NOTES)) == ({"maxconn frontend api": "100"}, False)


@pytest.mark.parametrize("gone", ["process", "proxy"])
def test_what_ended_with_its_process_or_its_proxy_needs_no_undo(
    balancer: Balancer, changes: OperatorChanges, gone: str
) -> None:
    changes.limit(50)
    balancer.down, balancer.values = gone == "process", {"maxconn frontend other": "70"}
    changes.restore()
    assert (balancer.values, there(balancer, NOTES)) == ({"maxconn frontend other": "70"}, False)
