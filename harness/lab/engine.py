"""The Docker engine that runs the lab: found, described, and refused in one sentence if it cannot run a lab.

Needed: Engine ≥ 20.10 (API 1.41: BuildKit, ``CgroupVersion``), Compose ≥ 2.20, Linux containers, and a root engine
whose containers share the kernel's namespaces: the network agent enters those of the nodes (``pid: host``).
"""

import os
import re
import subprocess
from collections.abc import Iterator
from typing import Final

import docker
import msgspec
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from harness.model.errors import EnvironmentProblem

MINIMAL_ENGINE: Final = "20.10"
MINIMAL_COMPOSE: Final = "2.20"
ARCHITECTURES: Final = ("x86_64", "amd64", "aarch64", "arm64")
TIMEOUT_S: Final = 60

_INSTALL: Final = "Run `make setup` (Debian or Ubuntu as root), or install Docker Engine 20.10 or newer."


class Engine(msgspec.Struct, frozen=True):
    """One engine, as it describes itself; `address` is how this machine reaches it."""

    address: str
    product: str  # "engine" | "desktop" | "podman"
    version: str
    api: str
    compose: str | None  # None: no Compose v2 plugin for this user
    os: str
    kernel: str
    architecture: str
    cgroup: int  # 1 | 2
    cpus: int
    memory: int  # bytes
    rootless: bool = False
    remapped: bool = False  # userns-remap: root in a container is not root on the engine's host
    linux: bool = True

    @property
    def remote(self) -> bool:
        """It runs on another kernel than this process: only agents may take timestamps, files go in as archives."""
        return not self.address.startswith("unix://") or self.product == "desktop"


def find() -> Engine:
    """The engine, suitable or not. Raises `EnvironmentProblem` if none answers or this user may not use it."""
    client = connect()
    try:
        return describe(address(), client.version(), client.info(), compose_version())
    finally:
        client.close()


def require() -> Engine:
    """The engine, if it can run a lab. Raises `EnvironmentProblem` with the reason and what to do."""
    engine = find()
    if reason := refusal(engine):
        raise EnvironmentProblem(reason)
    return engine


def connect(timeout_s: int = TIMEOUT_S) -> docker.DockerClient:
    """A client of the engine that the docker command would use. Raises `EnvironmentProblem` if none answers."""
    where = address()
    try:
        client = docker.DockerClient(base_url=where, timeout=timeout_s, use_ssh_client=True, tls=_tls())
        client.ping()
    except (DockerException, OSError) as error:
        raise EnvironmentProblem(_unreachable(where, error)) from error
    return client


def address() -> str:
    """Where the docker command looks: ``DOCKER_HOST``, else its context (Docker Desktop, colima), else the socket."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    default = "unix:///var/run/docker.sock"
    return _output("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}") or default


def compose_version() -> str | None:
    """``2.26.1``; None without the plugin."""
    found = re.search(r"\d+(\.\d+)+", _output("docker", "compose", "version", "--short") or "")
    return found[0] if found else None


def describe(where: str, version: dict[str, object], info: dict[str, object], compose: str | None) -> Engine:
    """From the engine's own ``/version`` and ``/info``. Raises `EnvironmentProblem` if they are not of that shape."""
    try:
        v, i = msgspec.convert(version, _Version), msgspec.convert(info, _Info)
    except msgspec.ValidationError as error:
        raise EnvironmentProblem(
            f"What answers at {where} does not describe itself as a Docker engine: {error}"
        ) from error
    return Engine(
        address=where,
        product=_product(v, i),
        version=v.version,
        api=v.api,
        compose=compose,
        os=i.operating_system,
        kernel=i.kernel,
        architecture=i.architecture,
        cgroup=2 if i.cgroup == "2" else 1,
        cpus=i.cpus,
        memory=i.memory,
        rootless=i.has_option("rootless"),
        remapped=i.has_option("userns"),
        linux=i.os_type == "linux",
    )


def refusal(engine: Engine) -> str | None:
    """One sentence: why this engine cannot run a lab, and what to do. None: it can."""
    return next(_refusals(engine), None)


def _refusals(engine: Engine) -> Iterator[str]:
    needs_root = "the network agent wires the nodes' namespaces and needs an engine that runs as root"
    if engine.product == "podman":
        yield f"This is Podman {engine.version}; {needs_root}. Install Docker Engine, or point DOCKER_HOST to one."
    if engine.rootless:
        yield f"This engine is rootless; {needs_root}. Use the root engine: docker context use default."
    if engine.remapped:
        yield f"This engine maps users (userns-remap); {needs_root}. Remove userns-remap from its daemon.json."
    if not engine.linux:
        yield "This engine runs Windows containers; the lab needs Linux containers: switch Docker Desktop to them."
    if engine.architecture not in ARCHITECTURES:
        yield f"This engine runs on {engine.architecture}; the images are for x86_64 and aarch64 only."
    if not at_least(engine.version, MINIMAL_ENGINE):
        yield f"Docker Engine {engine.version} is too old: {MINIMAL_ENGINE} or newer is needed, for BuildKit."
    if engine.compose is None:
        yield "Docker Compose v2 is missing: run `make setup`, or install the docker-compose plugin 2.20 or newer."
    elif not at_least(engine.compose, MINIMAL_COMPOSE):
        yield f"Docker Compose {engine.compose} is too old: {MINIMAL_COMPOSE} or newer is needed: `make setup`."


def at_least(found: str, wanted: str) -> bool:
    """Compares dotted numbers; what follows them (``+dfsg1``, ``-ce``, ``-rc.1``) does not count."""
    return _numbers(found) >= _numbers(wanted)


def _numbers(version: str) -> tuple[int, ...]:
    leading = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in leading[1].split(".")) if leading else ()


def _unreachable(where: str, error: BaseException) -> str:
    """Decides by the original cause, which docker-py wraps in three other exceptions."""
    causes = list(_causes(error))
    if any(isinstance(cause, PermissionError) for cause in causes):
        return f"This user may not use the Docker socket {where}: sudo usermod -aG docker $USER, then log in again."
    if not where.startswith("unix://"):
        return f"No Docker engine answers at {where}: start it there, or correct DOCKER_HOST or the docker context."
    if any(isinstance(cause, FileNotFoundError | ConnectionRefusedError) for cause in causes):
        return f"No Docker engine runs here ({where} does not answer). {_INSTALL}"
    return f"Unexpected reply from the Docker engine at {where}: {error}. {_INSTALL}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, its causes, and exceptions carried as arguments (urllib3), depth first."""
    yield error
    nested = [error.__cause__ or error.__context__, *error.args]
    for inner in nested:
        if isinstance(inner, BaseException):
            yield from _causes(inner)


def _tls() -> docker.tls.TLSConfig | bool:
    """Client certificates as the docker command takes them: ``DOCKER_TLS_VERIFY``, ``DOCKER_CERT_PATH``."""
    tls: object = kwargs_from_env().get("tls")
    return tls if isinstance(tls, docker.tls.TLSConfig) else False


def _output(*argv: str) -> str | None:
    """A command's stdout; None if it does not exist or fails. Raises `EnvironmentProblem` if it does not end."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except OSError:
        return None
    except subprocess.TimeoutExpired as error:
        raise EnvironmentProblem(f"{' '.join(argv[:3])} has not ended within {TIMEOUT_S} s.") from error
    return done.stdout.strip() or None if done.returncode == 0 else None


class _Component(msgspec.Struct):
    name: str = msgspec.field(name="Name")


class _Version(msgspec.Struct):
    version: str = msgspec.field(name="Version")
    api: str = msgspec.field(name="ApiVersion")
    components: list[_Component] = msgspec.field(name="Components", default_factory=list)


class _Info(msgspec.Struct):
    operating_system: str = msgspec.field(name="OperatingSystem")
    os_type: str = msgspec.field(name="OSType")
    architecture: str = msgspec.field(name="Architecture")
    kernel: str = msgspec.field(name="KernelVersion")
    cpus: int = msgspec.field(name="NCPU")
    memory: int = msgspec.field(name="MemTotal")
    cgroup: str = msgspec.field(name="CgroupVersion", default="1")
    options: list[str] | None = msgspec.field(name="SecurityOptions", default=None)

    def has_option(self, name: str) -> bool:
        """Options look like ``name=seccomp,profile=default``."""
        return any(option.split(",")[0] in {name, f"name={name}"} for option in self.options or ())


def _product(version: _Version, info: _Info) -> str:
    if any("podman" in component.name.lower() for component in version.components):
        return "podman"
    return "desktop" if "docker desktop" in info.operating_system.lower() else "engine"
