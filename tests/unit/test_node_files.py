"""Nothing that the agent does with a node's files leaves the node, whatever links somebody put there."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.agents.services import node_files
from harness.agents.services.node_files import NodeFiles

SECRET = "the host's"


class Node:
    """A folder that stands for a node's root, beside one that stands for the host's."""

    def __init__(self, folder: Path) -> None:
        self.host, self.root = folder / "host", folder / "node"
        for made in (self.host, self.root / "etc", self.root / "run"):
            made.mkdir(parents=True)
        (self.host / "secret").write_text(SECRET)
        (self.root / "etc/own").write_text("own")
        self.files = NodeFiles(str(self.root))

    def link(self, path: str, target: str | Path) -> None:
        (self.root / path).symlink_to(target)


@pytest.fixture(params=["openat2", "walk"])
def node(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    """By the kernel's own way, and by the one for kernels and seccomp profiles without it."""
    if request.param == "walk":
        monkeypatch.setattr(node_files, "_has_openat2", lambda: False)
    elif not node_files._has_openat2():
        pytest.skip("this kernel has no openat2")
    before = len(list(Path("/proc/self/fd").iterdir()))
    yield Node(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before, "every descriptor is closed"


OUT = ["absolute", "relative", "folder"]


def led_out(node: Node, way: str) -> str:
    """A path in the node that leads to the host's secret, if links are followed as the agent's own."""
    if way == "absolute":
        node.link("etc/out", node.host / "secret")
    elif way == "relative":
        node.link("etc/out", "../../host/secret")
    else:
        node.link("run/folder", node.host)
        return "/run/folder/secret"
    return "/etc/out"


@pytest.mark.parametrize("way", OUT)
def test_what_is_read_or_written_is_never_the_hosts(node: Node, way: str) -> None:
    path = led_out(node, way)
    assert (node.root / path[1:]).read_text() == SECRET, "a plain open is led out"
    with pytest.raises(FileNotFoundError):
        node.files.read(path)
    with pytest.raises(FileNotFoundError):
        node.files.write(path, "ours")
    assert not node.files.exists(path)
    assert (node.host / "secret").read_text() == SECRET


@pytest.mark.parametrize("way", OUT)
def test_what_is_created_is_never_outside(node: Node, way: str) -> None:
    """Also by a link that leads nowhere yet, and beside a link."""
    (node.host / "secret").unlink()
    path = led_out(node, way)
    for make in (node.files.create, node.files.append):
        with pytest.raises(OSError, match=r"File exists|No such file|symbolic links"):
            make(path, "ours")
    assert list(node.host.iterdir()) == []


def test_what_is_removed_or_replaced_is_never_outside(node: Node) -> None:
    node.link("run/folder", node.host)
    node.files.remove("/run/folder/secret")
    with pytest.raises(FileNotFoundError):
        node.files.replace("/run/folder/secret", "/etc/own")
    node.link("etc/out", node.host / "secret")
    node.files.replace("/etc/out", "/etc/own")  # the link itself
    node.files.remove("/etc/gone")
    assert (node.host / "secret").read_text() == SECRET
    assert (node.root / "etc/out").read_text() == "own"


def test_links_within_the_node_are_followed(node: Node) -> None:
    """/var/run of a distribution, absolute and relative; nothing is above the root."""
    node.link("etc/absolute", "/etc/own")
    node.link("etc/relative", "../run/../etc/own")
    node.link("etc/above", "../../../../../etc/own")
    node.link("var", "/run/..")
    for path in ("/etc/absolute", "etc/relative", "/etc/above", "/var/etc/own", "/var/../etc/own"):
        assert node.files.read(path) == b"own", path


def test_a_ring_of_links_is_an_error(node: Node) -> None:
    node.link("etc/a", "b")
    node.link("etc/b", "/etc/a")
    with pytest.raises(OSError, match="symbolic links"):
        node.files.read("/etc/a")


def test_a_fifo_where_a_file_should_be_is_an_error_and_no_wait(node: Node) -> None:
    os.mkfifo(node.root / "etc/fifo")
    with pytest.raises(OSError, match="not a regular file"):
        node.files.read("/etc/fifo")
    with pytest.raises(OSError, match="not a regular file"):
        node.files.write("/etc/fifo", "ours")
    with pytest.raises(OSError, match="No such device"):  # nobody reads it
        node.files.append("/etc/fifo", "ours")


def test_a_file_that_is_too_large_is_an_error(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_files, "LARGEST", 2)
    with pytest.raises(OSError, match="too large"):
        node.files.read("/etc/own")


def test_files_of_a_node(node: Node) -> None:
    files = node.files
    files.create("/etc/new", "1\n")
    files.append("/etc/new", "2\n")
    files.append("/run/notes", "3\n")
    assert (files.read("/etc/new"), files.read("/run/notes")) == (b"1\n2\n", b"3\n")
    with pytest.raises(FileExistsError):
        files.create("/etc/new", "")
    (node.root / "etc/new").chmod(0o600)
    files.write("/etc/new", "4")
    assert (files.read("/etc/new"), files.stat("/etc/new").st_mode & 0o777) == (b"4", 0o600)
    assert files.names("/etc") == ["new", "own"]
    files.replace("/etc/own", by="/etc/new")
    assert (files.read("/etc/own"), files.exists("/etc/new")) == (b"4", False)
    files.remove("/etc/own")
    assert files.names("etc") == []


def test_a_unix_socket_is_reached_inside_and_never_outside(node: Node) -> None:
    for folder in (node.root / "run", node.host):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "api.sock"))
            listener.listen()
            node.link(f"etc/{folder.name}.sock", folder / "api.sock" if folder == node.host else "/run/api.sock")
            with socket.socket(socket.AF_UNIX) as client:
                if folder == node.host:
                    with pytest.raises(FileNotFoundError):
                        node.files.connect(client, "/etc/host.sock")
                else:
                    node.files.connect(client, "/etc/run.sock")


def test_a_node_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        NodeFiles(str(tmp_path / "gone")).read("/etc/own")
