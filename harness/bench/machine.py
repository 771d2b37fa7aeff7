"""The machine that was measured, as the engine and its kernel describe it: figures mean nothing without it."""

import docker
import msgspec

from harness.lab import engine
from harness.lab.doctor import run_probe

GIB = 1 << 30


class Machine(msgspec.Struct, frozen=True):
    """`realtime`: empty if SCHED_FIFO is available, else why not. `memory_gib`: of the whole machine."""

    cores: int
    memory_gib: float
    kernel: str
    os: str
    architecture: str
    engine: str
    compose: str
    cgroup: int
    clocksource: str
    realtime: str

    def __str__(self) -> str:
        realtime = f"no real-time scheduling ({self.realtime})" if self.realtime else "real-time scheduling"
        return (
            f"{self.cores} cores ({self.architecture}), {self.memory_gib} GiB, kernel {self.kernel}, {self.os}, "
            f"Docker Engine {self.engine}, Compose {self.compose}, cgroup v{self.cgroup}, "
            f"clock {self.clocksource or 'unknown'}, {realtime}"
        )


def describe(client: docker.DockerClient, image: str) -> Machine:
    """Takes about a second. Raises `EnvironmentProblem`; `image`: the agent's."""
    found, probed = engine.require(), run_probe(client, image)
    return Machine(
        cores=found.cpus,
        memory_gib=round(found.memory / GIB, 1),
        kernel=found.kernel,
        os=found.os,
        architecture=found.architecture,
        engine=found.version,
        compose=found.compose or "",
        cgroup=found.cgroup,
        clocksource=probed.clocksource,
        realtime=probed.realtime,
    )


def load_average(client: docker.DockerClient, image: str) -> float:
    """The load average of the engine's machine over the last minute: a container sees that of its kernel."""
    output: bytes = client.containers.run(image, ["cat", "/proc/loadavg"], network_mode="none", remove=True)
    return float(output.split()[0])
