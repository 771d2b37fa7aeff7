"""How the service agent does and undoes its op on files (`harness.model.ops.files`)."""

import stat
from collections.abc import Callable
from dataclasses import dataclass

from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError
from harness.model.ops import KEPT, FileSwapped

EXECUTABLE, PLAIN = 0o755, 0o644


@dataclass(frozen=True)
class Swap:
    """`find(node)`: its PID 1 as the host numbers it; raises `AgentError` for a node that does not run."""

    op: FileSwapped
    find: Callable[[str], int]
    before: str = ""

    def apply(self) -> None:
        """Raises `AgentError` if it is swapped already; after an error the original is back."""
        files, path = self._files(), self.op.path
        self.expect_free(files)
        files.replace(path + KEPT, by=path)
        try:
            if self.op.content is not None:
                files.create(path, self.op.content)
                files.chmod(path, EXECUTABLE if self.op.executable else PLAIN)
        except OSError:
            self.undo()
            raise

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


def prepare(op: FileSwapped, find: Callable[[str], int]) -> Swap:
    """Raises `AgentError` for what is no regular file, or is swapped already."""
    swap, files = Swap(op, find), NodeFiles.of(find(op.node))
    try:
        regular = stat.S_ISREG(files.stat(op.path).st_mode)
    except OSError as error:
        raise AgentError(f"{op.node} has no regular file {op.path}: {error.strerror}.") from error
    if not regular:
        raise AgentError(f"{op.node} has no regular file {op.path}.")
    swap.expect_free(files)
    return swap


def restore(op: FileSwapped, find: Callable[[str], int]) -> None:
    """Undoes what an earlier process of the agent left. Raises `AgentError` for a node that does not run."""
    Swap(op, find).undo()
