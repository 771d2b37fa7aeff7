"""How the service agent does and undoes its op on files (`harness.model.ops.files`)."""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from harness.agents.executor import taken_back
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit import supervised
from harness.agents.services.runit.supervised import Service
from harness.model.errors import AgentError
from harness.model.ops import KEPT, FileEdited, FileOp, FileSwapped

EXECUTABLE, PLAIN = 0o755, 0o644
RELOADS: Final = {"keepalived": "h", "haproxy": "2"}
"""Service → the order to its runsv(8) that makes it read its files anew: SIGHUP, SIGUSR2."""


@dataclass(frozen=True)
class Swap:
    """`find(node)`: its PID 1 as the host numbers it; raises `AgentError` for a node that does not run."""

    op: FileSwapped
    find: Callable[[str], int]
    before: str = ""
    met: int | None = None

    def apply(self) -> None:
        """Raises `AgentError` if it is swapped already; after an error the original is back."""
        files, path = self._files(), self.op.path
        self.expect_free(files)
        files.replace(path + KEPT, by=path)
        with taken_back(self.undo):
            if self.op.content is not None:
                files.create(path, self.op.content)
                files.chmod(path, EXECUTABLE if self.op.executable else PLAIN)

    def undo(self) -> None:
        """Without the kept original nothing was swapped, or it is back already.

        Raises `AgentError` for a node that does not run: its files may be there still when it runs again.
        """
        files, path = self._files(), self.op.path
        if not files.there(path + KEPT):
            return
        if self._ours(files):
            files.replace(path, by=path + KEPT)
        else:
            files.remove(path + KEPT)

    def expect_free(self, files: NodeFiles) -> None:
        if files.there(self.op.path + KEPT):
            raise AgentError(f"{self.op.node}: {self.op.path} is swapped already ({self.op.path}{KEPT} exists).")

    def _files(self) -> NodeFiles:
        return NodeFiles.of(self.find(self.op.node))

    def _ours(self, files: NodeFiles) -> bool:
        """Is what stands there now what `apply` put there, or nothing? A torn write of an earlier process counts."""
        if not files.there(self.op.path):
            return True
        if self.op.content is None:
            return False
        now = files.read(self.op.path)
        return self.op.content.encode(errors="surrogateescape").startswith(now)


@dataclass(frozen=True)
class Edit:
    """As `Swap`, with a content that is made of the original's, and a reload after each change."""

    op: FileEdited
    find: Callable[[str], int]
    before: str = ""
    met: int | None = None

    def apply(self) -> None:
        """Raises `AgentError` if the text is not there, or the service does not run; after an error nothing changed."""
        files, path = self._files(), self.op.path
        edited, mode = self.edited(files, path), files.stat(path).st_mode & 0o777
        self._swap(edited).expect_free(files)
        service = self._service()
        if not service.pid():
            raise AgentError(f"{self.op.node}: {self.op.service} does not run: it would read no file.")
        files.replace(path + KEPT, by=path)
        with taken_back(self._swap(edited).undo):
            files.create(path, edited)
            files.chmod(path, mode)
            service.control(RELOADS[self.op.service])

    def undo(self) -> None:
        """The original is back, and read. Another process's file stays."""
        files, kept = self._files(), self.op.path + KEPT
        if files.there(kept):
            self._swap(self._text(files, kept).replace(self.op.old, self.op.new)).undo()
            self._service().control(RELOADS[self.op.service])

    def edited(self, files: NodeFiles, path: str) -> str:
        text = self._text(files, path)
        if self.op.old not in text:
            raise AgentError(f"{self.op.node}: {path} does not have the text {self.op.old!r}.")
        return text.replace(self.op.old, self.op.new)

    def _text(self, files: NodeFiles, path: str) -> str:
        return files.read(path).decode(errors="surrogateescape")

    def _swap(self, content: str) -> Swap:
        return Swap(FileSwapped(self.op.node, self.op.path, content), self.find)

    def _files(self) -> NodeFiles:
        return NodeFiles.of(self.find(self.op.node))

    def _service(self) -> Service:
        return supervised.service(self.op.node, self.find(self.op.node), self.op.service)


def prepare(op: FileOp, find: Callable[[str], int]) -> Swap | Edit:
    """Raises `AgentError` for what is no regular file, is swapped already, or lacks the text that is to be replaced."""
    files = NodeFiles.of(find(op.node))
    try:
        regular = stat.S_ISREG(files.stat(op.path).st_mode)
    except OSError as error:
        raise AgentError(f"{op.node} has no regular file {op.path}: {error.strerror}.") from error
    if not regular:
        raise AgentError(f"{op.node} has no regular file {op.path}.")
    if isinstance(op, FileEdited):
        edit = Edit(op, find)
        edit.edited(files, op.path)
        return edit
    swap = Swap(op, find)
    swap.expect_free(files)
    return swap


def restore(op: FileOp, find: Callable[[str], int]) -> None:
    """Undoes what an earlier process of the agent left. Raises `AgentError` for a node that does not run."""
    (Edit(op, find) if isinstance(op, FileEdited) else Swap(op, find)).undo()
