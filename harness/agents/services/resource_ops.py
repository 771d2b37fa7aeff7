"""How the service agent does and undoes its ops on scarce resources (`harness.model.ops.resources`)."""

import errno
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, assert_never

from harness.agents.executor import Ready, taken_back
from harness.agents.services import burner, processes
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.processes import Process
from harness.agents.services.runit import supervised
from harness.model.errors import AgentError, BadValue, HarnessError
from harness.model.ops import FILLER, CpuStarved, FilesLimited, FolderFilled, ResourceOp

LARGEST_FILLED: Final = 64 << 20
"""Bytes. A tmpfs is memory of the machine: no more of that is taken."""
PASSES: Final = 5
"""Over a tree of processes at most: one that began during a pass may have the usual limit, of its parent."""
_PIECE: Final = bytes(1 << 16)

Find = Callable[[str], int]


def prepare(op: ResourceOp, find: Find) -> Ready:
    """`find(node)`: its PID 1. Raises `AgentError` for what cannot have an effect, `BadValue` for what is no tmpfs."""
    match op:
        case CpuStarved(node=node):
            burner.expect_none(node, find(node))
            return Ready(partial(burner.start, op, find), partial(burner.end, node, find))
        case FolderFilled():
            _expect_small(op, find(op.node))
            return Ready(partial(_fill, op, find), partial(_empty, op, find))
        case FilesLimited():
            limits = _limits(op, find(op.node))
            before = ";".join(map(str, limits))
            root = partial(_root, op, find)
            return Ready(partial(_limit, limits, root), partial(_unlimit, limits, root), before)
        case _:
            assert_never(op)


def restore(op: ResourceOp, before: str, find: Find) -> None:
    """Undoes what an earlier process of the agent left."""
    match op:
        case CpuStarved(node=node):
            burner.end(node, find)
        case FolderFilled():
            _empty(op, find)
        case FilesLimited():
            find(op.node)  # a node that is not seen yet is tried again
            _unlimit([Limit.read(each) for each in before.split(";") if each], partial(_root, op, find))
        case _:
            assert_never(op)


def _expect_small(op: FolderFilled, init: int) -> None:
    if op.path not in _tmpfs(init):
        raise BadValue("path", op.path, f"a tmpfs of {op.node}: {', '.join(_tmpfs(init)) or 'it has none'}")
    status = _statvfs(op, init)
    if status.f_blocks * status.f_frsize > LARGEST_FILLED:
        most = LARGEST_FILLED >> 20
        raise AgentError(
            f"{op.node}: {op.path} may take more than {most} MiB of the machine's memory: it is not filled."
        )
    if NodeFiles.of(init).there(_filler(op)):
        raise AgentError(f"{op.node}: {op.path} is filled already.")


def _tmpfs(init: int) -> list[str]:
    """The mount points of its tmpfs (proc_pid_mountinfo(5)): the fields behind the dash begin with the type."""
    with open(f"/proc/{init}/mountinfo", encoding="utf-8", errors="replace") as lines:  # noqa: PTH123
        mounts = [line.split() for line in lines]
    found = [words[4] for words in mounts if "-" in words and words[words.index("-") + 1] == "tmpfs"]
    return sorted(path for path in found if not path.startswith(("/proc", "/sys", "/dev")))


def fillers(init: int) -> list[str]:
    """The files that fill a tmpfs now."""
    files = NodeFiles.of(init)
    return [path for folder in _tmpfs(init) if files.there(path := f"{folder}/{FILLER}")]


def _statvfs(op: FolderFilled, init: int) -> os.statvfs_result:
    folder = NodeFiles.of(init).open(op.path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return os.statvfs(folder)
    finally:
        os.close(folder)


def _filler(op: FolderFilled) -> str:
    return f"{op.path.rstrip('/')}/{FILLER}"


def _fill(op: FolderFilled, find: Find) -> None:
    """Acknowledged when the kernel says that nothing more fits."""
    files = NodeFiles.of(find(op.node))
    files.create(_filler(op), "")
    with taken_back(lambda: files.remove(_filler(op))):
        fd = files.open(_filler(op), os.O_WRONLY | os.O_APPEND)
        try:
            _write_until_full(fd)
        finally:
            os.close(fd)


def _write_until_full(fd: int) -> None:
    """Raises `AgentError` if it is larger than it was."""
    written = 0
    while written <= LARGEST_FILLED:
        try:
            written += os.write(fd, _PIECE)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                return
            raise
    raise AgentError("it is not full after all that may be written.")


def _empty(op: FolderFilled, find: Find) -> None:
    NodeFiles.of(find(op.node)).remove(_filler(op))


@dataclass(frozen=True)
class Limit:
    """Of one process: the soft limit that it had, and the one that it gets, or a lower one."""

    process: Process
    usual: int
    scarce: int

    def __str__(self) -> str:
        return f"{self.process.pid}:{self.process.born}:{self.usual}:{self.scarce}"

    @classmethod
    def read(cls, text: str) -> "Limit":
        pid, born, usual, scarce = map(int, text.split(":"))
        return cls(Process(pid, born), usual, scarce)


def _root(op: FilesLimited, find: Find) -> int:
    """The service's present process; 0: it does not run, or its node does not."""
    try:
        return supervised.service(op.node, find(op.node), op.service).pid()
    except HarnessError:
        return 0


def _limits(op: FilesLimited, init: int) -> list[Limit]:
    """Raises `AgentError` for a service that is down, or processes whose limits this agent may not set."""
    service = supervised.service(op.node, init, op.service)
    try:
        limits = [*_of_tree(service.pid())]
    except PermissionError as error:
        raise AgentError(f"{op.node}: the limits of {op.service} cannot be set: another user has it.") from error
    if not limits:
        raise AgentError(f"{op.node}: {op.service} is not running.")
    return limits


def _of_tree(root: int) -> Iterator[Limit]:
    """Its process first."""
    for pid in processes.tree(root) if root else ():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            if found := processes.find(pid):
                soft, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
                yield Limit(found, soft, _lowest_free(pid))


def _lowest_free(pid: int) -> int:
    """The number that its next file would get: with that as its limit it can open none."""
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}  # noqa: PTH208 - numbers
    return next(number for number in range(len(used) + 1) if number not in used)


def _limit(armed: list[Limit], root: Callable[[], int]) -> None:
    """Of the processes that there are now: since the plan was armed some have ended, others have begun.

    No limit is above the highest of those that were armed and journalled: so an undo knows each of them, and each child
    that has inherited one. Raises `AgentError` if there is no process to limit.
    """
    most = max(each.scarce for each in armed)
    limited: set[Process] = set()
    with taken_back(lambda: _unlimit(armed, root)):
        for _ in range(PASSES):
            present = [each for each in _of_tree(root()) if each.process not in limited]
            for each in present:
                _replace(each.process, min(each.scarce, most))
                limited.add(each.process)
            if not present:
                break
    if not limited:
        raise AgentError("there is no process left whose open files could be limited.")


def _unlimit(armed: list[Limit], root: Callable[[], int]) -> None:
    """Of each process that has a limit which `_limit` may have set, of the present tree and of those armed.

    A process that is younger than the plan has inherited its limit, or was limited like its service's first process.
    """
    most, usual = max((each.scarce for each in armed), default=0), {each.process: each.usual for each in armed}
    there = {each.process: each for each in _of_tree(root())}
    for process in {**usual, **there}:
        with suppress(ProcessLookupError):
            if process.exists and resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[0] <= most:
                _replace(process, usual.get(process, armed[0].usual))


def _replace(process: Process, soft: int) -> None:
    """One that has ended is no error."""
    if process.exists:
        with suppress(ProcessLookupError):
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (soft, hard))
