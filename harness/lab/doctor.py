"""What this machine offers and what the product does without it: the rows of ``harness doctor``.

Kernel features are not guessed from versions. They are tried on the engine's kernel, which need not be this machine's,
in a container of the agent's image with the network agent's privileges (`harness.agents.probe`).
"""

import platform
import sys
from collections.abc import Iterator
from typing import Final, Literal

import docker
import msgspec
from docker.errors import DockerException

from harness.lab import bootstrap, engine, images
from harness.lab.dockerfile import BOOTSTRAP
from harness.lab.engine import Engine
from harness.model.errors import EnvironmentProblem
from harness.model.machine import Machine

Verdict = Literal["ok", "limited", "missing", "unknown"]

# As the network agent has them (compose/compose.yaml says what each is for).
CAPABILITIES: Final = ("SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_NICE")
GIB: Final = 1 << 30
SESSIONS: Final = 12_000  # the raised session limit of July 22
NOFILE: Final = 2 * SESSIONS + 100  # a proxied session takes two descriptors
MEMORY: Final = 2 * GIB
DISK: Final = 4 * GIB
EXACT_CLOCKS: Final = ("tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter", "xen")


class Row(msgspec.Struct, frozen=True):
    """One line of the table. `without`: what the product does without it; empty where the verdict is ok."""

    what: str
    found: str
    verdict: Verdict
    without: str = ""


def diagnose() -> tuple[Row, ...]:
    """Does not raise for what the machine lacks: each lack is a row."""
    return tuple(_diagnose())


def healthy(rows: tuple[Row, ...]) -> bool:
    """The lab can run here; *limited* is no obstacle, *missing* is."""
    return all(row.verdict != "missing" for row in rows)


def _diagnose() -> Iterator[Row]:
    yield _ok("Python", platform.python_version() + f" ({sys.platform})")
    try:
        found = engine.find()
    except EnvironmentProblem as problem:
        yield Row("Docker engine", "none that answers", "missing", str(problem))
        return
    client = engine.connect()
    try:
        yield from engine_rows(found)
        yield _image_row(client)
        yield _source_row(client)
        yield from _machine_rows(client, found)
    finally:
        client.close()


def engine_rows(found: Engine) -> Iterator[Row]:
    where = "remote" if found.remote else "local"
    described = f"{found.version}, API {found.api}, {found.os}, {found.architecture}, {where}, cgroup v{found.cgroup}"
    reason = engine.refusal(found)
    if found.compose is None or not engine.at_least(found.compose, engine.MINIMAL_COMPOSE):
        yield _ok("Docker engine", described)
        yield Row("Compose", found.compose or "no plugin", "missing", reason or "")
        return
    yield Row("Docker engine", described, "missing", reason) if reason else _ok("Docker engine", described)
    yield _ok("Compose", found.compose)


def machine_rows(machine: Machine) -> Iterator[Row]:
    """The kernel's part. The fallbacks are those of the network agent."""
    nothing = "nothing works: the lab's switches and cables are made of it"
    yield _tried("bridge, veth", machine.bridge, "missing", nothing)
    yield _tried("nftables, bridge family", machine.nft_bridge, "missing", "no frame can be dropped: no blips")
    yield _tried("nftables, some frames", machine.nft_parts, "limited", "no loss, corrupt or garp_lost --passing")
    yield _tried("token buckets (tbf)", machine.tbf, "limited", "no rate: the fault is refused before it begins")
    yield _tried("delays (BPF, tcx)", machine.delays, "limited", "no delay: the fault is refused before it begins")
    yield _tried("frame timestamps", machine.timestamps, "missing", "no observation: checks have no evidence")
    late = "deadlines may be 15-30 ms late under load; the achieved time is measured and reported all the same"
    yield _tried("real-time scheduling", machine.realtime, "limited", late)
    yield _clock_row(machine.clocksource)
    yield _nofile_row(machine.nofile)
    little = "at your own risk: the kernel may end a container in the middle of a trial"
    yield _enough("memory available", machine.memory_available, MEMORY, little)
    yield _enough(
        "disk available", machine.disk_available, DISK, "images may not fit: docker system df shows what does"
    )


def _machine_rows(client: docker.DockerClient, found: Engine) -> Iterator[Row]:
    reference = f"failover-harness-agent:{images.tag()}"
    if engine.refusal(found) is not None:
        yield Row("kernel features", "not tried", "unknown", "they matter once the engine and Compose serve")
    elif any(image.reference == reference for image in images.stale_images(client)):
        yield Row("kernel features", "not tried", "unknown", "the agent's image is not built yet: harness up builds it")
    else:
        yield from _probe_rows(client, reference)


def _probe_rows(client: docker.DockerClient, reference: str) -> Iterator[Row]:
    try:
        machine = run_probe(client, reference)
    except (DockerException, msgspec.DecodeError) as error:
        yield Row("kernel features", f"the probe failed: {error}", "missing", "the network agent would fail likewise")
    else:
        yield from machine_rows(machine)


def run_probe(client: docker.DockerClient, reference: str) -> Machine:
    """Takes about a second. Raises what Docker raises, `msgspec.DecodeError` for an answer of another version."""
    output: bytes = client.containers.run(
        reference,
        ["python3", "-m", "harness.agents.probe"],
        network_mode="none",
        pid_mode="host",
        cap_drop=["ALL"],
        cap_add=list(CAPABILITIES),
        remove=True,
    )
    return msgspec.json.decode(output, type=Machine)


def _image_row(client: docker.DockerClient) -> Row:
    stale = [image.name for image in images.stale_images(client)]
    if not stale:
        return _ok("images", f"all of version {images.tag()}")
    return Row("images", f"to be built: {', '.join(stale)}", "limited", "harness up builds them first, in minutes")


def _source_row(client: docker.DockerClient) -> Row:
    what = "base image"
    if client.images.list(BOOTSTRAP):
        return _ok(what, f"{BOOTSTRAP} is here")
    problem = bootstrap.registry_problem()
    if problem is None:
        return _ok(what, "from an image registry")
    mirror = bootstrap.mirror()
    if mirror is None:
        remedy = f"no images: docker load {bootstrap.upstream()}, or HARNESS_DEBIAN_MIRROR=URL"
        return Row(what, f"no registry ({problem}), no Debian mirror", "missing", remedy)
    return _ok(what, f"no image registry ({problem}); made from the package mirror {mirror}")


def _clock_row(source: str) -> Row:
    if source in EXACT_CLOCKS:
        return _ok("clock", f"CLOCK_MONOTONIC on {source}")
    return Row("clock", source or "unknown", "limited", "reading it is slow: stamps may be some µs late, rates lower")


def _nofile_row(limit: int) -> Row:
    if limit >= NOFILE:
        return _ok("open files", f"{limit:,}")
    short = f"{NOFILE:,} are needed for {SESSIONS:,} proxied sessions: floods are scaled down and say so"
    return Row("open files", f"{limit:,}", "limited", short)


def _tried(what: str, refusal: str, verdict: Verdict, without: str) -> Row:
    return Row(what, refusal, verdict, without) if refusal else _ok(what, "works")


def _enough(what: str, found: int, wanted: int, without: str) -> Row:
    amount = f"{found / GIB:.1f} GiB"
    if found >= wanted:
        return _ok(what, amount)
    return Row(what, f"{amount} of {wanted / GIB:.0f} GiB", "limited", without)


def _ok(what: str, found: str) -> Row:
    return Row(what, found, "ok")
