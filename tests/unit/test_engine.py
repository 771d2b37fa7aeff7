"""What an engine says about itself becomes an `Engine`; what cannot serve is refused in one sentence."""

import copy
import socket
from pathlib import Path

import msgspec
import pytest
from docker.errors import DockerException

from harness.lab import engine
from harness.lab.engine import Engine
from harness.model.errors import EnvironmentProblem

# As Docker Engine 20.10 on Debian 12 answers /version and /info (shortened).
VERSION: dict[str, object] = {
    "Version": "20.10.24+dfsg1",
    "ApiVersion": "1.41",
    "Components": [{"Name": "Engine"}, {"Name": "containerd"}],
}
INFO: dict[str, object] = {
    "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
    "OSType": "linux",
    "Architecture": "x86_64",
    "KernelVersion": "6.1.0",
    "NCPU": 2,
    "MemTotal": 8 << 30,
    "CgroupVersion": "1",
    "SecurityOptions": ["name=seccomp,profile=default"],
}
SOCKET = "unix:///var/run/docker.sock"


def described(version: dict[str, object] | None = None, info: dict[str, object] | None = None, **also: str) -> Engine:
    return engine.describe(
        also.get("where", SOCKET), VERSION | (version or {}), INFO | (info or {}), also.get("compose", "2.26.1")
    )


def test_a_command_that_never_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `docker compose version` on a home folder that hangs. It is not taken for a missing Compose."""
    (tmp_path / "docker").write_text("#!/bin/sh\nexec sleep 5\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(engine, "TIMEOUT_S", 0.05)
    with pytest.raises(EnvironmentProblem, match=r"^docker compose version has not ended within 0\.05 s\.$"):
        engine.compose_version()


def test_a_debian_engine_serves() -> None:
    found = described()
    assert (found.version, found.api, found.cgroup, found.product) == ("20.10.24+dfsg1", "1.41", 1, "engine")
    assert not found.remote
    assert engine.refusal(found) is None


@pytest.mark.parametrize(
    "change,reason",
    [
        ({"rootless": True}, "rootless"),
        ({"remapped": True}, "userns-remap"),
        ({"product": "podman"}, "Podman"),
        ({"linux": False}, "Windows"),
        ({"architecture": "armv7l"}, "armv7l"),
        ({"version": "19.03.15"}, "19.03.15 is too old"),
        ({"compose": None}, "Compose v2 is missing"),
        ({"compose": "2.2.3"}, "Compose 2.2.3 is too old"),
    ],
)
def test_what_cannot_serve_is_refused_with_its_reason(change: dict[str, object], reason: str) -> None:
    sentence = engine.refusal(msgspec.structs.replace(described(), **change))
    assert sentence is not None
    assert reason in sentence


@pytest.mark.parametrize(
    "info,attribute",
    [
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}, "rootless"),
        ({"SecurityOptions": ["name=userns"]}, "remapped"),
        ({"OperatingSystem": "Docker Desktop"}, "remote"),
    ],
)
def test_kinds_of_engines_are_told_apart_by_what_they_report(info: dict[str, object], attribute: str) -> None:
    assert getattr(described(info=info), attribute)
    assert not getattr(described(), attribute)


def test_podman_is_recognised_by_its_component() -> None:
    assert described({"Components": [{"Name": "Podman Engine"}]}).product == "podman"


def test_an_engine_elsewhere_is_remote() -> None:
    assert described(where="ssh://lab@bench").remote


def test_something_else_that_answers_is_not_an_engine() -> None:
    odd = copy.copy(VERSION) | {"ApiVersion": None}
    with pytest.raises(EnvironmentProblem, match="does not describe itself as a Docker engine"):
        engine.describe(SOCKET, odd, INFO, None)


@pytest.mark.parametrize(
    "found,enough",
    [("20.10.24+dfsg1", True), ("20.10", True), ("v2.20.0", False), ("28.2.2", True), ("19.3", False), ("odd", False)],
)
def test_versions_compare_by_their_numbers(found: str, *, enough: bool) -> None:
    assert engine.at_least(found, "20.10") is enough


def test_no_socket_and_a_dead_socket_mean_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    for name in ("none.sock", "dead.sock"):
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/{name}")
        with pytest.raises(EnvironmentProblem, match=r"No Docker engine runs here.*make setup"):
            engine.connect()


def test_an_engine_elsewhere_that_is_silent_names_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(EnvironmentProblem, match=r"No Docker engine answers at tcp://127\.0\.0\.1:1"):
        engine.connect()


def test_a_refused_socket_says_how_to_get_permission() -> None:
    wrapped = DockerException(ConnectionError("aborted", PermissionError(13, "Permission denied")))
    assert "usermod -aG docker" in engine._unreachable(SOCKET, wrapped)
