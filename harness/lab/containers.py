"""A lab's containers as the engine lists them: one request, whatever their number. Labels say which lab it is."""

from typing import Final

import docker
import msgspec

from harness.lab import compose, definition

PROJECT: Final = "com.docker.compose.project"
SERVICE: Final = "com.docker.compose.service"


class Container(msgspec.Struct):
    id: str = msgspec.field(name="Id")
    labels: dict[str, str] = msgspec.field(name="Labels")
    state: str = msgspec.field(name="State")

    @property
    def service(self) -> str:
        return self.labels[SERVICE]

    @property
    def lab(self) -> str:
        """Empty for a container of no Compose project."""
        return self.labels.get(PROJECT, "")


def listed(client: docker.DockerClient, label: str, value: str = "") -> list[Container]:
    """The containers with this label (and this `value`, if it is given), running or not."""
    found = client.api.containers(all=True, filters={"label": f"{label}={value}" if value else label})
    return msgspec.convert(found, list[Container])


def overlays_of(client: docker.DockerClient, lab: str) -> tuple[str, ...]:
    """The overlays that this lab was brought up with; none if it does not exist, or has a topology of its own."""
    if definition.is_generated(lab):
        return ()
    return compose.present(each.service for each in listed(client, PROJECT, lab))
