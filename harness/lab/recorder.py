"""The recorder: the only process that writes a run's history while the run lasts.

``python -m harness.lab.recorder --lab NAME --run FOLDER --from customer-1=OFFSET …`` subscribes to every agent, follows
every vantage point's requests and every container's log, and appends. It prints ``ready`` when each agent has sent its
baseline, and ends when its standard input does, so it never outlives the run. If it cannot record something, it ends at
once with the reason on stderr: a history with an unknown hole would be worse than none.

A container may restart in a run, and the eye may restart alone. The recorder subscribes to such an agent again and gets
its baseline again; the agent's start event makes the step invalid. A log is continued, each line once. A spool only
grows, over a restart of its container too: the requests go on at the byte where the stream ended, cut to whole records
on both sides. A killed load worker loses the requests that it had not written, those of 40 ms at most; it numbers its
arrivals from the beginning again, which makes the step invalid.
"""

import argparse
import sys
import threading
from functools import partial
from pathlib import Path

from docker.models.containers import Container

from harness.history import store
from harness.lab.agents import AGENTS, open_agent, started_at
from harness.lab.container_starts import ContainerStarts
from harness.lab.engine import connect
from harness.lab.exec import ExecStream, find_container
from harness.lab.subscription import Subscription
from harness.model import threads
from harness.model.errors import EnvironmentProblem
from harness.model.events import AnyEvent, encode
from harness.model.load import SPOOL
from harness.model.requests import RECORD

LOG_LINES = 2000  # of a container's earlier log


def main() -> None:
    threads.exit_on_uncaught()
    options = _options()
    client = connect()
    events = EventFile(store.events_path(options.run))
    starts = ContainerStarts(client, options.lab)
    for name, container in AGENTS.items():
        of = (client, options.lab, name)
        agent = Subscription(name, partial(open_agent, *of), partial(started_at, *of), events.append)
        starts.call_at_start(starts.containers[container], agent.restarted)
    for vantage, offset in (item.split("=") for item in options.start):
        path = store.requests_path(options.run, vantage)
        _thread(record_requests, starts, find_container(client, options.lab, vantage), int(offset), path)
    for name, logged in starts.containers.items():
        _thread(record_log, starts, logged, store.log_path(options.run, name))
    print("ready", flush=True)
    sys.stdin.read()


class EventFile:
    """Appends events as JSON Lines, whole lines only: a reader may follow it while it grows."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def append(self, event: AnyEvent) -> None:
        with self._lock:
            self._file.write(encode(event) + b"\n")


def record_requests(starts: ContainerStarts, container: Container, offset: int, path: Path) -> None:
    """Follows a vantage point's spool from byte `offset` on: over `docker exec`, so no network can cut it."""
    with path.open("ab", buffering=0) as file:
        for _ in starts.of(container):
            whole = file.seek(file.truncate(file.tell() // RECORD.size * RECORD.size))
            try:
                stream = ExecStream(container, ["tail", "-c", f"+{offset + whole + 1}", "-f", SPOOL])
            except EnvironmentProblem:
                continue  # it stopped again: wait for its next start
            while piece := stream.read():
                file.write(piece)


def record_log(starts: ContainerStarts, container: Container, path: Path) -> None:
    """Every service's log, from the start of the container's life. The engine's timestamps compare as text."""
    newest = b""
    with path.open("ab", buffering=0) as file:
        for _ in starts.of(container):
            known = newest
            for line in container.logs(stream=True, follow=True, timestamps=True, tail=LOG_LINES):
                newest = line.partition(b" ")[0]
                if newest > known:
                    file.write(line)


def _thread(target: object, *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()  # type: ignore[arg-type]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", required=True)
    parser.add_argument("--run", required=True, type=Path)
    parser.add_argument("--from", dest="start", nargs="*", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    main()
