"""Files on their way to the nodes: what is checked before, and what is sent again."""

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from docker.errors import NotFound
from docker.models.containers import Container

from harness.lab import configure as module
from harness.lab import definition, file_check
from harness.lab.compose import topology
from harness.lab.configure import configure
from harness.lab.file_check import check_files
from harness.lab.lab import Lab
from harness.lab.lab_name import DEFAULT_LAB
from harness.model.configuration import Configuration
from harness.model.file_report import FilesRefused
from harness.model.ops import Plan, ServiceRestart
from harness.model.topology import Topology

LAB = topology()
CHECK = "/etc/keepalived/check.sh"


class Node:
    """A container that keeps what is put into it."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[int, bytes]] = {}

    def put_archive(self, _root: str, data: bytes) -> None:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for entry in archive.getmembers():
                file = archive.extractfile(entry)
                self.files[f"/{entry.name}"] = (entry.mode, file.read() if file else b"")

    def get_archive(self, path: str) -> tuple[Iterable[bytes], None]:
        if path not in self.files:
            raise NotFound(path)
        buffer, (mode, data) = io.BytesIO(), self.files[path]
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            entry = tarfile.TarInfo(Path(path).name)
            entry.size, entry.mode = len(data), mode
            archive.addfile(entry, io.BytesIO(data))
        return [buffer.getvalue()], None


class FakeLab:
    docker, name = None, "fake"

    def __init__(self) -> None:
        self.topology: Topology = LAB
        self.every: Topology = LAB
        self.nodes = {node: Node() for node in LAB.nodes}
        self.restarted: list[tuple[str, str]] = []

    def act(self, plan: Plan) -> None:
        ops = [part.op for part in plan.parts]
        self.restarted = [(op.node, op.service) for op in ops if isinstance(op, ServiceRestart)]


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> FakeLab:
    lab = FakeLab()
    monkeypatch.setattr(module, "find_container", lambda _docker, _lab, node: cast("Container", lab.nodes[node]))
    return lab


def checking(tmp_path: Path, mode: int) -> Configuration:
    """The default's files, and a check script of this mode that keepalived.conf names."""
    instance = Configuration.load("default").render(LAB, "lb-ext-1")["/etc/keepalived/keepalived.conf"]
    script = f"vrrp_script chk {{\n    script {CHECK}\n}}\n"
    (tmp_path / "settings.toml").write_text(f'[files."check.sh"]\nkind = "balancer"\npath = "{CHECK}"\n')
    (tmp_path / "keepalived.conf").write_text(script + instance.replace("lb-ext-1", "pair"))
    (tmp_path / "check.sh").write_text("#!/bin/sh\n")
    (tmp_path / "check.sh").chmod(mode)
    return Configuration.load(str(tmp_path))


def test_a_script_that_became_executable_is_sent_again(lab: FakeLab, tmp_path: Path) -> None:
    """Its text is the same; nothing else has changed, and what has not changed restarts nothing."""
    both = [(node, "keepalived") for node in ("lb-ext-1", "lb-ext-2")]
    for mode, restarted in ((0o644, None), (0o644, []), (0o755, both), (0o755, []), (0o644, both)):
        configure(cast("Lab", cast("Any", lab)), checking(tmp_path, mode))
        assert restarted is None or lab.restarted == restarted
        assert lab.nodes["lb-ext-1"].files[CHECK] == (mode, b"#!/bin/sh\n")


def test_passwords_of_a_pair_are_for_root_alone(lab: FakeLab, tmp_path: Path) -> None:
    """keepalived reads them as root; HAProxy's `user` need not."""
    configure(cast("Lab", cast("Any", lab)), checking(tmp_path, 0o755))
    modes = {path: mode for path, (mode, _) in lab.nodes["lb-ext-1"].files.items()}
    assert modes["/etc/keepalived/keepalived.conf"] == 0o600
    assert modes["/etc/haproxy/haproxy.cfg"] == 0o644


def test_the_check_of_the_files_knows_which_are_executable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = file_check._ProgramResult(0, "")
    monkeypatch.setattr(file_check, "_ask", lambda nodes: [file_check._Checked(said, said) for _ in nodes])
    assert check_files(definition.of(DEFAULT_LAB), [checking(tmp_path, 0o755)]) == []
    with pytest.raises(
        FilesRefused, match=r"keepalived\.conf:2 \(lb-ext-1, lb-ext-2\): .*/check\.sh is not executable"
    ):
        check_files(definition.of(DEFAULT_LAB), [checking(tmp_path, 0o644)])
