"""What operators do to a HAProxy by hand, and how a reset takes all of it back.

A value that is set through the runtime socket is noted first, with what it replaces, in the node's /run, which does not
outlive the node. A file that is edited keeps its original beside it. So a reset knows, whoever it was.
"""

import re
from collections.abc import Callable, Iterable
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
_RELOAD: Final = "2"  # runsv(8): SIGUSR2, which has HAProxy's master read its file anew and hand the listeners over
_LIMITS: Final = re.compile(r"^(\s*maxconn\s+)\d+", re.MULTILINE)  # of the process, defaults and frontends; no server's

Way = Literal["live", "reload"]


class Operated:
    """One HAProxy. Every method raises `AgentError` for what did not take."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._init = service.init
        self._files = NodeFiles.of(service.init)

    def limit(self, sessions: int) -> Way:
        """So many sessions for every frontend: live where HAProxy was started for as many, else by a reload."""
        if sessions > runtime.boot_limit(self._init):
            self._raise(sessions)
            return "reload"
        for name in runtime.names(self._init, frontends=True):
            self._set(f"maxconn frontend {name.partition('/')[0]}", str(sessions))
        return "live"

    def share(self, server: str) -> None:
        """A server that is out of use by the configuration is used, in every backend that lists it."""
        found = [name for name in runtime.names(self._init) if name.endswith(f"/{server}")]
        if not found:
            raise AgentError(f"{self._service.node}: no backend lists {server}.")
        for name in found:
            self._set(f"server {name} state", "ready")

    def restore(self) -> None:
        """By its configuration again; nothing is done where nobody did anything.

        Raises `AgentError` for notes that are not ours: they lie in the node.
        """
        if self._files.exists(ORIGINAL):
            self._files.replace(FILE, by=ORIGINAL)
            self._reload(lambda: True)
        elif self._files.exists(NOTES):
            self._take_back(self._files.read(NOTES).decode(errors="replace").splitlines())
        self._files.remove(NOTES)

    def _take_back(self, notes: Iterable[str]) -> None:
        for line in notes:
            key, _, value = line.partition("\t")
            try:
                runtime.write(self._init, key, value)
            except BadValue as error:
                raise AgentError(
                    f"{self._service.node}: somebody else wrote {line[:80]!r} to {NOTES}: remove it. {error}"
                ) from error

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

    def _reload(self, taken: Callable[[], bool]) -> None:
        """Until another process answers. One that cannot read the file ends, and the old one goes on."""
        before = runtime.pid(self._init)

        def another() -> bool:
            try:
                return runtime.pid(self._init) != before and taken()
            except Gone:  # between the two
                return False

        awaited = f"{self._service.node}: a new HAProxy with what was asked for"
        self._service.control(_RELOAD)
        try:
            until(another, awaited, RELOAD_PATIENCE_NS)
        except AgentError:  # a master that was starting just then may not have heard it
            self._service.control(_RELOAD)
            until(another, awaited, RELOAD_PATIENCE_NS)


def raised(text: str, sessions: int) -> str:
    """A runtime.cfg with this limit instead of every one that it states, but for those of servers."""
    return _LIMITS.sub(rf"\g<1>{sessions}", text)
