"""Ops on scarce resources: a small tmpfs, open files, the burner's folder. The nodes are folders and processes here."""

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.agents.services import burner, processes, resource_ops
from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError
from harness.model.ops import CpuStarved

SOFT = 64


@pytest.fixture
def process() -> Iterator[processes.Process]:
    """One with so many open files at most."""
    with subprocess.Popen(["sh", "-c", f"ulimit -S -n {SOFT}; exec sleep 60"]) as started:
        deadline = time.monotonic() + 5
        while processes.arguments(started.pid)[:1] != ["sleep"] or not asleep(started.pid):
            assert time.monotonic() < deadline
        found = processes.find(started.pid)
        assert found
        yield found
        started.kill()


def asleep(pid: int) -> bool:
    """It has loaded its libraries, whose files are open meanwhile."""
    return Path(f"/proc/{pid}/wchan").read_text().endswith("nanosleep")


def soft(process: processes.Process) -> int:
    return int(processes.limit(process.pid, "Max open files").split()[0])


def limits(process: processes.Process) -> tuple[list[resource_ops.Limit], Callable[[], int]]:
    """As a plan was armed, and the service's first process."""
    return [*resource_ops._of_tree(process.pid)], lambda: process.pid


def test_a_process_gets_no_file_more_and_its_limit_back(process: processes.Process) -> None:
    armed, root = limits(process)
    (limit,) = armed
    assert (limit.usual, limit.scarce) == (SOFT, len(os.listdir(f"/proc/{process.pid}/fd")))  # noqa: PTH208
    resource_ops._limit(armed, root)
    assert soft(process) == limit.scarce
    resource_ops._unlimit(armed, root)
    resource_ops._unlimit(armed, root)
    assert soft(process) == SOFT


def test_a_limit_that_somebody_else_set_stays(process: processes.Process) -> None:
    armed, root = limits(process)
    resource_ops._limit(armed, root)
    set_soft(process.pid, 33)
    resource_ops._unlimit(armed, root)
    assert soft(process) == 33


def set_soft(pid: int, value: int) -> None:
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (value, hard))


def test_a_process_that_began_after_the_plan_was_armed_is_limited_and_gets_its_limit_back(
    process: processes.Process,
) -> None:
    """A worker is another one when the op begins, and its children inherit its limit while the op is held."""
    other = resource_ops.Limit(processes.Process(1 << 22, 1), SOFT, 9)
    resource_ops._limit([other], lambda: process.pid)
    assert soft(process) < 9
    resource_ops._unlimit([other], lambda: process.pid)
    assert soft(process) == SOFT


def test_no_limit_is_above_those_of_the_journal(process: processes.Process) -> None:
    """What has more files by then could not be told from what another one set."""
    armed, root = limits(process)
    lower = [resource_ops.Limit(each.process, each.usual, each.scarce - 1) for each in armed]
    resource_ops._limit(lower, root)
    assert soft(process) == armed[0].scarce - 1


def test_a_process_that_left_the_tree_gets_its_limit_back(process: processes.Process) -> None:
    armed, root = limits(process)
    resource_ops._limit(armed, root)
    resource_ops._unlimit(armed, lambda: 0)
    assert soft(process) == SOFT


def test_without_a_process_that_could_be_limited_the_op_fails(process: processes.Process) -> None:
    armed, _ = limits(process)
    with pytest.raises(AgentError, match="no process left"):
        resource_ops._limit(armed, lambda: 0)
    assert soft(process) == SOFT


def test_the_journal_has_what_the_undo_needs(process: processes.Process) -> None:
    ((limit,), _) = limits(process)
    assert resource_ops.Limit.read(str(limit)) == limit


def test_another_process_of_the_same_number_is_left_alone(process: processes.Process) -> None:
    resource_ops._replace(processes.Process(process.pid, process.born - 1), 3)
    assert soft(process) == SOFT


def test_a_process_that_ended_is_no_error() -> None:
    resource_ops._unlimit([resource_ops.Limit(processes.Process(1 << 22, 1), SOFT, 3)], lambda: 0)
    assert list(resource_ops._of_tree(0)) == []


def test_this_machine_s_tmpfs_are_told() -> None:
    for path in resource_ops._tmpfs(os.getpid()):
        assert not path.startswith(("/proc", "/sys", "/dev"))


def test_what_never_fills_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that has grown: no more than the limit is written."""
    monkeypatch.setattr(resource_ops, "LARGEST_FILLED", 1 << 18)
    fd = os.open(tmp_path / "file", os.O_CREAT | os.O_WRONLY)
    with pytest.raises(AgentError, match="not full"):
        resource_ops._write_until_full(fd)
    os.close(fd)
    assert (tmp_path / "file").stat().st_size <= (1 << 18) + (1 << 16)


def test_a_burner_s_script_is_bounded_and_counts_its_processes() -> None:
    script = burner.RUN.format(seconds=7, processes=3)
    assert "timeout --signal=KILL 7 " in script
    assert "seq 3" in script
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0


def test_a_burner_that_no_supervisor_starts_is_removed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is left after an error."""
    (tmp_path / "etc/service").mkdir(parents=True)
    monkeypatch.setattr(NodeFiles, "of", classmethod(lambda cls, _init: cls(str(tmp_path))))
    monkeypatch.setattr(burner, "START_NS", 1)
    with pytest.raises(AgentError, match="its supervisor"):
        burner.start(CpuStarved("lb-ext-1", 2, 9), lambda _: os.getpid())
    assert list((tmp_path / "etc/service").iterdir()) == []


def test_a_burner_that_is_there_already_is_not_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / burner.FOLDER.lstrip("/")).mkdir(parents=True)
    monkeypatch.setattr(NodeFiles, "of", classmethod(lambda cls, _init: cls(str(tmp_path))))
    with pytest.raises(FileExistsError):
        burner.start(CpuStarved("lb-ext-1", 2, 9), lambda _: os.getpid())
    assert (tmp_path / burner.FOLDER.lstrip("/")).is_dir()


def test_a_folder_is_removed_with_all_that_is_in_it_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    folder = tmp_path / "node/etc/service/x/supervise"
    folder.mkdir(parents=True)
    (folder / "status").write_text("1")
    (folder / "link").symlink_to(outside)
    (folder.parent / "file").symlink_to(outside / "kept")
    NodeFiles(str(tmp_path / "node")).remove_tree("/etc/service/x")
    assert list((tmp_path / "node/etc/service").iterdir()) == []
    assert (outside / "kept").read_text() == "kept"
    NodeFiles(str(tmp_path / "node")).make_folder("/etc/service/y")
    assert (tmp_path / "node/etc/service/y").is_dir()
