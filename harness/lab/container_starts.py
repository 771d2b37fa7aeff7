"""The starts of a lab's containers: a stream from a container ends with it, and its reader opens another one after."""

import threading
from collections.abc import Callable, Iterable, Iterator

import docker
from docker.models.containers import Container


class ContainerStarts:
    """One thread gets the engine's events of started containers. Followers wait here, so none of them polls."""

    def __init__(self, client: docker.DockerClient, lab: str) -> None:
        label = f"com.docker.compose.project={lab}"
        started = client.events(filters={"type": "container", "event": "start", "label": label}, decode=True)
        found = client.containers.list(filters={"label": label})  # after the events, so that no start is missed
        self.containers = {str(each.labels["com.docker.compose.service"]): each for each in found}
        self._followers: dict[str, list[Callable[[], None]]] = {str(each.id): [] for each in found}
        threading.Thread(target=self._listen, args=(started,), name="container-starts", daemon=True).start()

    def of(self, container: Container) -> Iterator[None]:
        """Yields once now and once for each later start. Take the next when a stream from the container has ended."""
        starts = threading.Semaphore(0)
        self.call_at_start(container, starts.release)
        while True:
            yield
            starts.acquire()

    def call_at_start(self, container: Container, call: Callable[[], None]) -> None:
        """Calls `call()` on the listening thread at each start from now on."""
        self._followers[str(container.id)].append(call)

    def _listen(self, started: Iterable[dict[str, str]]) -> None:
        for event in started:
            for call in self._followers.get(event["id"], ()):  # none: a container that was created later
                call()
