"""What a haproxy.cfg needs beside itself: certificates, folders, host names, files. HAProxy's manual, 3.1, 4.2, 5."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final, NamedTuple

_HOST: Final = re.compile(r"(?:ipv4@|ipv6@)?([A-Za-z0-9_][\w.-]*[A-Za-z][\w.-]*)(:\S+)?")
_RESOLVED_LATER: Final = ("resolvers", "init-addr")
_READY: Final = ("/run", "/var/run", "/tmp", "/var/tmp", "/var/lib/haproxy", "/run/haproxy", "/var/run/haproxy", "/")  # noqa: S108
_INSIDE: Final = "stand-in.pem"  # of a folder of certificates
_BUNDLES: Final = ("/etc/ssl/certs/", "/etc/pki/")


class HaproxyNeeds(NamedTuple):
    """`files`: without them HAProxy does not start; `certificates` have a stand-in."""

    certificates: tuple[str, ...]
    directories: tuple[str, ...]
    hosts: tuple[str, ...]
    files: tuple[str, ...]


def haproxy_needs(texts: Iterable[str], brought: Iterable[str]) -> HaproxyNeeds:
    """`brought`: paths in the node."""
    lines = [words for text in texts for line in text.splitlines() if (words := _words(line))]
    have = set(brought)
    return HaproxyNeeds(
        tuple(dict.fromkeys(each for each in _certificates(lines) if each not in have)),
        tuple(dict.fromkeys(each for each in _directories(lines) if each not in _READY)),
        tuple(dict.fromkeys(_hosts(lines))),
        tuple(dict.fromkeys(each for each in _files(lines) if each not in have)),
    )


def _words(line: str) -> list[str]:
    """Quotation marks are left: only plain words are looked at."""
    return re.sub(r"(?<!\\)#.*", "", line).split()


def _after(words: list[str], *keywords: str) -> Iterator[str]:
    return (following for word, following in pairwise(words) if word in keywords)


def _certificates(lines: list[list[str]]) -> Iterator[str]:
    base = {words[0]: words[1] for words in lines if words[0] in ("crt-base", "ca-base") and len(words) > 1}
    for words in lines:
        for keyword, root in (("crt", "crt-base"), ("ca-file", "ca-base"), ("ca-verify-file", "ca-base")):
            for each in _after(words, keyword):
                path = str(PurePosixPath(base.get(root, "/"), each))
                if not path.startswith(_BUNDLES) and not each.startswith("@"):
                    yield path if PurePosixPath(path).suffix and not each.endswith("/") else f"{path}/{_INSIDE}"


def _directories(lines: list[list[str]]) -> Iterator[str]:
    for words in lines:
        if words[:2] == ["stats", "socket"] and len(words) > 2 and words[2].startswith("/"):
            yield str(PurePosixPath(words[2]).parent)
        elif words[0] == "chroot" and len(words) > 1:
            yield words[1].rstrip("/") or "/"
        elif words[0] == "pidfile" and len(words) > 1:
            yield str(PurePosixPath(words[1]).parent)


def _hosts(lines: list[list[str]]) -> Iterator[str]:
    """HAProxy does not start if it cannot resolve a server's name, unless the line says who resolves it later."""
    if any(words[0] == "default-server" and set(words) & set(_RESOLVED_LATER) for words in lines):
        return
    servers = (words for words in lines if words[0] == "server" and len(words) > 2)
    for words in servers:
        found = _HOST.fullmatch(words[2])
        if found and found[1] != "localhost" and not set(words) & set(_RESOLVED_LATER):
            yield found[1]


def _files(lines: list[list[str]]) -> Iterator[str]:
    for words in lines:
        named = [words[2]] if words[0] == "errorfile" and len(words) > 2 else []
        named += words[1:2] if words[0] in ("lua-load", "lua-load-per-thread") else []
        named += _after(words, "crt-list", "-f")
        yield from (each for each in named if each.startswith("/") and not each.startswith("/etc/haproxy/errors/"))
