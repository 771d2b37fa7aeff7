"""Ops on what a node has little of: processor time, room in a small file system, open files."""

from harness.model.ops.base import SERVICE, Disturbs, Held, OnNode


class _Scarce(OnNode, Held, frozen=True):
    agent = SERVICE
    blocks = None


class CpuStarved(_Scarce, frozen=True, tag="cpu_starved"):
    """Processes of a service of the node's own use all the processor time that they get; the inverse ends the service.

    It ends by itself after `at_most_s` seconds, and with its node.
    """

    disturbs = Disturbs.node
    undo_rank = 4
    outlives_node = True  # the service's folder is in the node's files; the service does not start again by itself

    processes: int
    at_most_s: int

    @property
    def lane(self) -> str:
        """Its own: a start takes seconds, and delays no other op on the node's processes."""
        return f"burner of {self.node}"


class FolderFilled(_Scarce, frozen=True, tag="folder_filled"):
    """A small tmpfs of a node is full: one file takes all that was free; the inverse removes the file."""

    disturbs = Disturbs.service
    undo_rank = 1
    outlives_node = False  # a tmpfs is made anew

    path: str

    @property
    def lane(self) -> str:
        return f"files of {self.node}"


class FilesLimited(_Scarce, frozen=True, tag="files_limited"):
    """The processes of a service can open no file or socket more than they have; the inverse restores their limit.

    The soft limit of RLIMIT_NOFILE. What is closed can be opened again; the next process has the usual limit.
    """

    disturbs = Disturbs.service  # keepalived sends adverts by a socket that it has
    undo_rank = 1
    outlives_node = False

    service: str

    @property
    def lane(self) -> str:
        return f"processes of {self.node}"


ResourceOp = CpuStarved | FolderFilled | FilesLimited
BURNER = "harness-burner"
"""The name of the service of `CpuStarved`."""
FILLER = ".filled-by-harness"
"""The name of the file of `FolderFilled`."""
