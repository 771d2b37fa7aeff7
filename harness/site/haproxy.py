"""Reads a haproxy.cfg: sections and lines in words, with their places. HAProxy's configuration manual, 2.2 and 4."""

from typing import Final, NamedTuple

from harness.site.haproxy_section import HaproxySection, sections
from harness.site.haproxy_server import HaproxyServer, servers
from harness.site.haproxy_text import HaproxyLine, read_lines

_MAIN: Final = "/etc/haproxy/haproxy.cfg"


class Haproxy(NamedTuple):
    sections: tuple[HaproxySection, ...]

    @property
    def frontends(self) -> tuple[HaproxySection, ...]:
        """All that take connections: ``frontend`` and ``listen``, unless they are disabled."""
        return tuple(each for each in self.sections if each.kind in ("frontend", "listen") and not each.disabled)

    def backend(self, name: str) -> HaproxySection | None:
        return next((each for each in self.sections if each.kind in ("backend", "listen") and each.name == name), None)

    def backends(self, frontend: HaproxySection) -> tuple[HaproxySection, ...]:
        """Those that it may pass a connection to, a ``listen`` with servers itself included.

        A name that is computed at run time, ``use_backend %[…]``, is none of them.
        """
        default = frontend.last("default_backend")
        names = [line.word(1) for line in (*frontend.all("use_backend"), *([default] if default else []))]
        own = [frontend] if any(servers(frontend)) else []
        return tuple(dict.fromkeys([*(each for name in names if (each := self.backend(name))), *own]))

    def servers(self, frontend: HaproxySection) -> tuple[HaproxyServer, ...]:
        return tuple(server for backend in self.backends(frontend) for server in servers(backend))

    @property
    def maxconn(self) -> tuple[int, HaproxyLine] | None:
        """Sessions of the whole process, and the line. None: HAProxy derives it from the open files it may have."""
        lines = [line for each in self.sections if each.kind == "global" for line in each.all("maxconn")]
        number = lines[-1].figure("maxconn") if lines else None
        return (number, lines[-1]) if number else None


def read(files: dict[str, str]) -> Haproxy:
    """`files`: path → text. HAProxy reads haproxy.cfg, then the files of folders such as conf.d in the order of names.

    Any text is read: what HAProxy refuses is said by HAProxy itself.
    """
    variables: dict[str, str] = {}
    lines: list[HaproxyLine] = []
    for path in sorted(_read_by_haproxy(files), key=lambda each: (each != _MAIN, each)):
        lines += read_lines(path, files[path], variables)
    return Haproxy(tuple(sections(lines)))


def _read_by_haproxy(files: dict[str, str]) -> list[str]:
    """A copy beside haproxy.cfg, such as old.cfg, is not."""
    every = [path for path in files if path.endswith(".cfg")]
    return [path for path in every if path == _MAIN or _MAIN not in files or path.rpartition("/")[0].endswith(".d")]
