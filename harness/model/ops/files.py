"""The op on a file of a node."""

from harness.model.ops.base import SERVICE, Disturbs, Held, OnNode


class FileSwapped(OnNode, Held, frozen=True, tag="file_swapped"):
    """Another file stands in place of a file, or none (`content` None); the inverse puts the original back.

    The original keeps its owner and mode. Meanwhile it has another name in the same folder: `KEPT` is appended. If
    another process has made the file anew, the inverse leaves it alone, and removes the original.
    """

    agent = SERVICE
    disturbs = Disturbs.openly  # keepalived may run it as a check
    undo_rank = 4
    outlives_node = True  # it is in the node's files
    blocks = None

    path: str
    content: str | None = None
    executable: bool = True

    @property
    def lane(self) -> str:
        return f"files of {self.node}"

    def __str__(self) -> str:
        what = "gone" if self.content is None else "swapped" if self.executable else "not executable"
        return f"file {what} {self.node} {self.path}"


class FileEdited(OnNode, Held, frozen=True, tag="file_edited"):
    """A text in a configuration file is replaced, and the service reads its files anew; the inverse takes both back.

    Every occurrence of `old`. The original is kept as for `FileSwapped`.
    """

    agent = SERVICE
    disturbs = Disturbs.openly  # it may be keepalived's
    undo_rank = 4
    outlives_node = True
    blocks = None

    service: str
    path: str
    old: str
    new: str

    @property
    def lane(self) -> str:
        return f"files of {self.node}"

    def __str__(self) -> str:
        return f"file edited {self.node} {self.path}: {self.old!r} → {self.new!r}, {self.service} reloaded"


KEPT = ".kept-by-harness"

FileOp = FileSwapped | FileEdited
