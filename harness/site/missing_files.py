"""Files and folders that a node's haproxy.cfg names and the site did not bring: HAProxy does not start without them.

Seen with HAProxy 3.0: an empty file will do for maps, lists of an ACL and error files. Users are made from the text.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, Literal

from harness.site import haproxy as haproxy_file
from harness.site.haproxy import Haproxy
from harness.site.haproxy_text import HaproxyLine
from harness.site.server_tls import in_base
from harness.site.site import Site, SiteNode

Kind = Literal["certificate", "certificate list", "empty", "folder"]
"""`certificate`: with its key, in the place of an authority too. `certificate list`: one line, a certificate's path."""

_CERTIFICATES: Final = {
    "crt": "crt-base", "key": "key-base", "ca-file": "ca-base", "ca-verify-file": "ca-base", "ca-sign-file": "ca-base",
    "httpclient.ssl.ca-file": "ca-base",
}  # fmt: skip
_NAMES_CERTIFICATES: Final = ("bind", "server", "default-server", "server-template", "load", "http-check", "tcp-check")
_MAP: Final = re.compile(r"\bmap(?:_\w+)*\(([^,()]+)")
_BODIES: Final = ("file", "lf-file", "errorfile")
_ANSWERS: Final = ("http-request", "http-response", "http-after-response", "http-error", "tcp-request", "errorfile")
_EVERYWHERE: Final = ("/", "/etc/haproxy", "/run", "/tmp", "/var/lib", "/var/run")  # noqa: S108 - a node's
_FOLDERS_CERTIFICATE: Final = "stand-in.pem"


def missing_files(site: Site, node: SiteNode) -> dict[str, Kind]:
    """Path → kind, in the order of paths. Make what the image has not got; a certificate in any case.

    Nothing that pair.toml names as `certificates` or `directories`, nor a path that is not absolute.
    """
    haproxy = haproxy_file.read(node.texts)
    found: dict[str, Kind] = {}
    for section in haproxy.sections:
        for line in section.lines:
            for path, kind in _named(haproxy, line):
                found.setdefault(path.removeprefix("file@"), kind)
    brought = {*site.certificates, *site.directories, *(file.path for file in node.files)}
    return {path: kind for path, kind in sorted(found.items()) if path.startswith("/") and _lacks(brought, path, kind)}


def _lacks(brought: set[str], path: str, kind: Kind) -> bool:
    """A folder that has a brought file is there."""
    if path in brought or (kind == "folder" and path in _EVERYWHERE):
        return False
    folder = path if kind == "folder" else str(PurePosixPath(path).parent)
    whole = kind == "folder" or PurePosixPath(path).name == _FOLDERS_CERTIFICATE
    return not (whole and any(each.startswith(f"{folder.rstrip('/')}/") for each in brought))


def _named(haproxy: Haproxy, line: HaproxyLine) -> Iterator[tuple[str, Kind]]:
    yield from _certificates(haproxy, line)
    yield from _lists(line)
    yield from _folders(line)


def _certificates(haproxy: Haproxy, line: HaproxyLine) -> Iterator[tuple[str, Kind]]:
    if line.word(0) not in _NAMES_CERTIFICATES and line.word(0) not in _CERTIFICATES:
        return
    for keyword, value in zip(line.words, line.words[1:], strict=False):
        if value.startswith("@") or value == "system-ca":
            continue
        if keyword == "crt-list":
            yield in_base(haproxy, "crt-base", value), "certificate list"
        elif base := _CERTIFICATES.get(keyword):
            path = in_base(haproxy, base, value)
            yield (f"{path.rstrip('/')}/{_FOLDERS_CERTIFICATE}" if _is_folder(path) else path), "certificate"


def _is_folder(path: str) -> bool:
    """``crt /etc/haproxy/certs/``: all files in it. Without the slash, what has no suffix may be a folder."""
    return path.endswith("/") or not PurePosixPath(path).suffix


def _lists(line: HaproxyLine) -> Iterator[tuple[str, Kind]]:
    for keyword, value in zip(line.words, line.words[1:], strict=False):
        listed = keyword == "-f" and line.word(0) not in ("bind", "server", "command")
        if listed or (keyword in _BODIES and line.word(0) in _ANSWERS):
            yield value, "empty"
    if line.begins("errorfile"):
        yield line.word(2), "empty"
    for word in line.words:
        yield from ((path, "empty") for path in _MAP.findall(word))


def _folders(line: HaproxyLine) -> Iterator[tuple[str, Kind]]:
    if line.word(0) == "chroot":
        yield line.word(1), "folder"
    elif line.word(0) in ("pidfile", "server-state-file"):
        yield str(PurePosixPath(line.word(1)).parent), "folder"
    elif line.begins("stats", "socket") or line.word(0) == "bind":
        where = line.word(2 if line.begins("stats") else 1)
        for each in where.split(","):
            path = each.removeprefix("unix@")
            if path.startswith("/"):
                yield str(PurePosixPath(path.split("@")[-1]).parent), "folder"
