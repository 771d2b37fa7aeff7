"""The containers of a lab and their lives: what follows one, over a stream that ends with it, goes on with its next."""

import threading
from collections.abc import Callable, Iterable, Iterator

import docker
from docker.models.containers import Container


class Lives:
    """One thread hears from the engine which container started again; followers wait here, and nobody polls."""

    def __init__(self, client: docker.DockerClient, lab: str) -> None:
        label = f"com.docker.compose.project={lab}"
        started = client.events(filters={"type": "container", "event": "start", "label": label}, decode=True)
        found = client.containers.list(filters={"label": label})  # after the events, so that no start is missed
        self.containers = {str(each.labels["com.docker.compose.service"]): each for each in found}
        self._followers: dict[str, list[Callable[[], None]]] = {str(each.id): [] for each in found}
        threading.Thread(target=self._listen, args=(started,), name="lives", daemon=True).start()

    def of(self, container: Container) -> Iterator[None]:
        """Once now and once for each later start; asked again when a stream from the container has ended."""
        starts = threading.Semaphore(0)
        self.tell(container, starts.release)
        while True:
            yield
            starts.acquire()

    def tell(self, container: Container, call: Callable[[], None]) -> None:
        """`call()`, on the listening thread, at each start from now on."""
        self._followers[str(container.id)].append(call)

    def _listen(self, started: Iterable[dict[str, str]]) -> None:
        for event in started:
            for call in self._followers.get(event["id"], ()):  # none: a container that was created later
                call()
