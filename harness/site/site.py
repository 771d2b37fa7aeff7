"""A pair as a site brings it: which files each node has, its cards, and what a listing of files cannot say.

`pair_file` reads it from a folder. Every path is absolute and in the node; a file's `source` is below the folder.
"""

from datetime import date
from typing import Final

import msgspec

from harness.model.release import RELEASES, USUAL_RELEASE

KEEPALIVED: Final = "/etc/keepalived/keepalived.conf"
HAPROXY: Final = "/etc/haproxy/haproxy.cfg"


class SiteFile(msgspec.Struct, frozen=True):
    """`mode`: its permission bits, as in the site's folder."""

    source: str
    path: str
    content: bytes
    mode: int

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")


class SiteNode(msgspec.Struct, frozen=True):
    """`cards`: device → its own addresses, each with a prefix length. `config_id`: for lines that begin with ``@``.

    `release`: of Debian, from which its keepalived and HAProxy are here.
    """

    name: str
    files: tuple[SiteFile, ...]
    cards: dict[str, tuple[str, ...]]
    config_id: str
    release: str = USUAL_RELEASE

    def file(self, path: str) -> SiteFile | None:
        return next((file for file in self.files if file.path == path), None)

    @property
    def texts(self) -> dict[str, str]:
        return {file.path: file.text for file in self.files}

    def source(self, path: str) -> str:
        """The file in the site's folder; the path itself if the site did not bring it."""
        found = self.file(path)
        return found.source if found else path


class Load(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the site says of its peak. 0: not said."""

    open_sessions: int = 0
    new_per_second: int = 0


BOUNDS: Final = ("peer_dead", "haproxy_dead")
"""What a site may bound: for how long its customers may be without service when a node or HAProxy fails."""


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that the site lives with, until a day."""

    rule: str
    reason: str
    until: date | None = None


class Site(msgspec.Struct, frozen=True):
    """`hosts`: name → address. `needs_nofile`: open files that HAProxy must be allowed; 0: not said.

    `version`: of the site's own programs, such as ``keepalived 2.2.7, HAProxy 2.6.12``. `bounds`: name of `BOUNDS` →
    seconds, where the site allows another time than follows from its timers.
    """

    nodes: dict[str, SiteNode]
    hosts: dict[str, str] = {}
    certificates: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    load: Load = Load()
    probe: tuple[str, ...] = ()
    needs_nofile: int = 0
    accept: tuple[Accepted, ...] = ()
    version: str = ""
    bounds: dict[str, float] = {}

    @property
    def releases(self) -> tuple[str, ...]:
        """Debian's, from which its nodes have their programs: each needs a balancers' image of its own."""
        used = {node.release for node in self.nodes.values()}
        return tuple(each for each in RELEASES if each in used)
