"""What operators change in a HAProxy by hand, and how a reset undoes all of it.

Before a value is set through the runtime socket it is noted, with the value before, in the node's /run, which ends with
the node. An edited file keeps its original beside it. So a reset knows the changes of every client.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Literal

from harness.agents.services.haproxy import runtime
from harness.agents.services.haproxy.runtime import Gone
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit.supervised import Service
from harness.agents.services.until import until
from harness.model.errors import AgentError, BadValue
from harness.model.units import s

FILE: Final = "/etc/haproxy/haproxy.cfg"
ORIGINAL: Final = f"{FILE}.original"
NOTES: Final = "/run/haproxy/operated"
RELOAD_PATIENCE_NS: Final = 5 * s
START_PATIENCE_NS: Final = 5 * s
_RELOAD: Final = "2"  # runsv(8): SIGUSR2: HAProxy's master reads its file anew and hands the listeners over
_LIMITS: Final = re.compile(r"^(\s*maxconn\s+)\d+", re.MULTILINE)  # of the process, defaults and frontends

Way = Literal["live", "reload"]


class OperatorChanges:
    """One HAProxy. Every method raises `AgentError` for a change that has no effect."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._init = service.init
        self._files = NodeFiles.of(service.init)

    def limit(self, sessions: int) -> Way:
        """Sets this limit for every frontend: live if HAProxy was started for as many sessions, else by a reload."""
        self._await_start()
        if sessions > runtime.boot_limit(self._init):
            self._raise(sessions)
            return "reload"
        for name in runtime.names(self._init, frontends=True):
            self._set(f"maxconn frontend {name.partition('/')[0]}", str(sessions))
        return "live"

    def share(self, server: str) -> None:
        """Enables a server that the configuration disables, in every backend that lists it."""
        self._await_start()
        found = [name for name in runtime.names(self._init) if name.endswith(f"/{server}")]
        if not found:
            raise AgentError(f"{self._service.node}: no backend lists {server}.")
        for name in found:
            self._set(f"server {name} state", "ready")

    def restore(self) -> None:
        """Restores the configuration; does nothing if no operator changed it.

        After an error it may be repeated: the original stays beside the file until HAProxy has read it. Raises
        `AgentError` for notes that the harness did not write: any process of the node can write them.
        """
        if self._files.exists(ORIGINAL):
            self._files.write(FILE, self._files.read(ORIGINAL).decode(errors="surrogateescape"))
            self._reload(lambda: True)
            self._files.remove(ORIGINAL)
        elif self._files.exists(NOTES):
            self._undo_notes(self._files.read(NOTES).decode(errors="replace").splitlines())
        self._files.remove(NOTES)

    def _await_start(self) -> None:
        """Waits while a HAProxy that was just started does not answer yet, as an operator would.

        Raises `Gone` at once if HAProxy was told to stop, `AgentError` if it does not answer in time.
        """

        def answers() -> bool:
            try:
                return runtime.pid(self._init) > 0
            except Gone:
                status = self._service.status()
                if status is None or not status.wanted_up:
                    raise
                return False

        until(answers, f"{self._service.node}: HAProxy to answer after its start", START_PATIENCE_NS)

    def _undo_notes(self, notes: Iterable[str]) -> None:
        """Of a key that was set several times the first note has the value before all of them."""
        first: dict[str, str] = {}
        for line in notes:
            key, _, value = line.partition("\t")
            first.setdefault(key, value)
        for key, value in first.items():
            try:
                self._set_again(key, value)
            except BadValue as error:
                note = f"{key}\t{value}"[:80]
                raise AgentError(
                    f"{self._service.node}: remove {note!r} from {NOTES}: the harness did not write it. {error}"
                ) from error

    def _set_again(self, key: str, value: str) -> None:
        """What was set ended with the process, or with the proxy: what runs now, or will, is as configured."""
        with suppress(Gone):
            runtime.read(self._init, key)
            runtime.write(self._init, key, value)

    def _set(self, key: str, value: str) -> None:
        before = runtime.read(self._init, key)
        if before != value:
            self._files.append(NOTES, f"{key}\t{before}\n")
            runtime.write(self._init, key, value)

    def _raise(self, sessions: int) -> None:
        text = self._files.read(FILE).decode(errors="surrogateescape")
        if not self._files.exists(ORIGINAL):
            self._files.create(ORIGINAL, text)
        self._files.write(FILE, raised(text, sessions))
        try:
            self._reload(lambda: runtime.boot_limit(self._init) >= sessions)
        except AgentError:
            self.restore()
            raise

    def _reload(self, effective: Callable[[], bool]) -> None:
        """Waits until another process answers. A new one that cannot read the file ends, and the old one goes on."""
        self._await_start()
        before = runtime.pid(self._init)

        def another() -> bool:
            try:
                return runtime.pid(self._init) != before and effective()
            except Gone:  # between the two processes
                return False

        awaited = f"{self._service.node}: a new HAProxy process with the new configuration"
        self._service.control(_RELOAD)
        try:
            until(another, awaited, RELOAD_PATIENCE_NS)
        except AgentError:  # a master that is just starting may miss the signal
            self._service.control(_RELOAD)
            until(another, awaited, RELOAD_PATIENCE_NS)


def raised(text: str, sessions: int) -> str:
    """A haproxy.cfg with this limit instead of each of its limits, except those of servers."""
    return _LIMITS.sub(rf"\g<1>{sessions}", text)
