"""A file of a node is swapped, and is itself again: whatever stood there, and whoever died meanwhile."""

from pathlib import Path

import pytest

from harness.agents.services import file_ops
from harness.agents.services.file_ops import Edit, prepare, restore
from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError
from harness.model.ops import KEPT, FileEdited, FileSwapped

SCRIPT, ORIGINAL = "/bin/check", "#!/bin/sh\nexit 0\n"
GONE, FAILS = FileSwapped("lb-ext-1", SCRIPT), FileSwapped("lb-ext-1", SCRIPT, "#!/bin/sh\nexit 1\n")


def find(_: str) -> int:
    return 1


def not_running(node: str) -> int:
    raise AgentError(f"{node} is not running.")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node whose only program is the script."""
    monkeypatch.setattr(NodeFiles, "of", lambda _: NodeFiles(str(tmp_path)))
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "check"
    script.write_text(ORIGINAL)
    script.chmod(0o750)
    return tmp_path


def as_before(root: Path) -> bool:
    script = root / "bin" / "check"
    alone = [*(root / "bin").iterdir()] == [script]
    return alone and script.read_text() == ORIGINAL and script.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    "op, content, mode",
    [
        (GONE, None, 0),
        (FAILS, FAILS.content, 0o755),
        (FileSwapped("lb-ext-1", SCRIPT, "x", executable=False), "x", 0o644),
    ],
    ids=str,
)
def test_it_stands_in_place_of_the_original_until_the_undo(
    root: Path, op: FileSwapped, content: str, mode: int
) -> None:
    swap, script = file_ops.prepare(op, find), root / "bin" / "check"
    assert as_before(root)
    swap.apply()
    assert script.exists() is (content is not None)
    if content is not None:
        assert (script.read_text(), script.stat().st_mode & 0o777) == (content, mode)
    swap.undo()
    assert as_before(root)
    swap.undo()  # may be repeated
    assert as_before(root)


@pytest.mark.parametrize("op", [GONE, FAILS], ids=str)
def test_an_earlier_life_of_the_agent_may_have_died_at_any_point(root: Path, op: FileSwapped) -> None:
    """Before it acted; after the rename; in the middle of the writing; when all was done."""
    script, kept = root / "bin" / "check", root / "bin" / f"check{KEPT}"
    file_ops.restore(op, find)
    assert as_before(root)
    for written in (None, "", *(["#!/bin"] if op.content else []), op.content):
        script.rename(kept)
        if written is not None and op.content is not None:
            script.write_text(written)
        file_ops.restore(op, find)
        assert as_before(root), written


@pytest.mark.parametrize("op", [GONE, FAILS], ids=str)
def test_what_another_process_wrote_meanwhile_stays(root: Path, op: FileSwapped) -> None:
    swap, script = file_ops.prepare(op, find), root / "bin" / "check"
    swap.apply()
    script.write_text("theirs")
    swap.undo()
    assert script.read_text() == "theirs"
    assert [*(root / "bin").iterdir()] == [script]


def test_a_link_is_swapped_itself(root: Path) -> None:
    """Debian's pidof leads to killall5, which others use too."""
    link = root / "bin" / "link"
    link.symlink_to("check")
    swap = file_ops.prepare(FileSwapped("lb-ext-1", "/bin/link"), find)
    swap.apply()
    assert not link.is_symlink()
    assert (root / "bin" / "check").read_text() == ORIGINAL
    swap.undo()
    assert link.is_symlink()
    assert link.read_text() == ORIGINAL


@pytest.mark.parametrize("path", ["/bin/nothing", "/bin", "/bin/check/x", f"/bin/{'x' * 300}"])
@pytest.mark.usefixtures("root")
def test_only_a_regular_file_can_be_swapped(path: str) -> None:
    with pytest.raises(AgentError, match="has no regular file"):
        file_ops.prepare(FileSwapped("lb-ext-1", path), find)


@pytest.mark.usefixtures("root")
def test_what_is_swapped_already_is_refused() -> None:
    file_ops.prepare(FAILS, find).apply()
    with pytest.raises(AgentError, match="is swapped already"):
        file_ops.prepare(GONE, find)


def test_a_second_swap_never_takes_the_first_for_the_original(root: Path) -> None:
    """Both were prepared before one of them acted."""
    first, second = file_ops.prepare(FAILS, find), file_ops.prepare(GONE, find)
    first.apply()
    with pytest.raises(AgentError, match="is swapped already"):
        second.apply()
    first.undo()
    assert as_before(root)


def test_a_file_that_cannot_be_written_leaves_the_original(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(NodeFiles, "chmod", full)
    with pytest.raises(OSError, match="No space left"):
        file_ops.prepare(FAILS, find).apply()
    assert as_before(root)


def test_a_node_that_does_not_run_is_not_undone(root: Path) -> None:
    """Its files may be there when it runs again."""
    file_ops.prepare(FAILS, find).apply()
    with pytest.raises(AgentError, match="lb-ext-1 is not running"):
        file_ops.restore(FAILS, not_running)
    file_ops.restore(FAILS, find)
    assert as_before(root)


CONF = "/etc/keepalived/keepalived.conf"


class Editing:
    """A node with a configuration, whose service notes each order to its supervisor."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = root / CONF.lstrip("/")
        self.path.parent.mkdir(parents=True)
        self.path.write_text("priority 150\nweight 150\n")
        self.path.chmod(0o600)
        self.orders: list[str] = []
        self.refuses = False
        self.runs = True
        monkeypatch.setattr(NodeFiles, "of", lambda _: NodeFiles(str(root)))
        monkeypatch.setattr(file_ops, "supervised", self)
        self.op = FileEdited("lb-ext-1", "keepalived", CONF, "priority 150", "priority 90")

    def service(self, _node: str, _init: int, _name: str) -> "Editing":
        return self

    def pid(self) -> int:
        return 7 * self.runs

    def control(self, letters: str) -> None:
        if self.refuses:
            raise AgentError("nothing supervises keepalived")
        self.orders.append(letters)

    def prepared(self) -> Edit:
        made = prepare(self.op, lambda _: 1)
        assert isinstance(made, Edit)
        return made

    def names(self) -> list[str]:
        return sorted(each.name for each in self.path.parent.iterdir())


@pytest.fixture
def editing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editing:
    return Editing(tmp_path / "root", monkeypatch)


def test_a_text_is_replaced_and_read_and_so_is_its_return(editing: Editing) -> None:
    edit = editing.prepared()
    edit.apply()
    assert editing.path.read_text() == "priority 90\nweight 150\n"
    assert (editing.path.stat().st_mode & 0o777, editing.orders) == (0o600, ["h"])
    edit.undo()
    edit.undo()
    assert editing.path.read_text() == "priority 150\nweight 150\n"
    assert (editing.names(), editing.orders) == (["keepalived.conf"], ["h", "h"])


def test_the_next_life_takes_an_edit_back(editing: Editing) -> None:
    editing.prepared().apply()
    restore(editing.op, lambda _: 1)
    assert editing.path.read_text() == "priority 150\nweight 150\n"


def test_a_file_that_another_process_wrote_meanwhile_stays(editing: Editing) -> None:
    edit = editing.prepared()
    edit.apply()
    editing.path.write_text("somebody else's")
    edit.undo()
    assert (editing.path.read_text(), editing.names()) == ("somebody else's", ["keepalived.conf"])


def test_a_service_that_cannot_be_told_gets_its_file_back(editing: Editing) -> None:
    edit = editing.prepared()
    editing.refuses = True
    with pytest.raises(AgentError, match="supervises"):
        edit.apply()
    assert (editing.path.read_text(), editing.names()) == ("priority 150\nweight 150\n", ["keepalived.conf"])


def test_a_service_that_does_not_run_reads_no_file(editing: Editing) -> None:
    """Its supervisor takes the order, and sends no signal: the edit would be in force, and without effect."""
    edit = editing.prepared()
    editing.runs = False
    with pytest.raises(AgentError, match="keepalived does not run"):
        edit.apply()
    assert (editing.path.read_text(), editing.names()) == ("priority 150\nweight 150\n", ["keepalived.conf"])


def test_a_text_that_is_not_there_is_refused(editing: Editing) -> None:
    editing.path.write_text("priority 100\n")
    with pytest.raises(AgentError, match="does not have the text 'priority 150'"):
        editing.prepared()
