"""A lab's containers as the engine lists them: one request, whatever their number. What a lab is, it says itself."""

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
        """Empty for a container that no Compose project has."""
        return self.labels.get(PROJECT, "")


def listed(client: docker.DockerClient, label: str, value: str = "") -> list[Container]:
    """Those with this label, whatever it says or as `value`. Running or not."""
    found = client.api.containers(all=True, filters={"label": f"{label}={value}" if value else label})
    return msgspec.convert(found, list[Container])


def overlays_of(client: docker.DockerClient, lab: str) -> tuple[str, ...]:
    """With which overlays this lab was brought up; none if it is not there, or has a topology of its own."""
    if definition.is_generated(lab):
        return ()
    return compose.present(each.service for each in listed(client, PROJECT, lab))
