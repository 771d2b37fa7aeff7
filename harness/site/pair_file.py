"""Reads a site from a folder with a ``pair.toml``: what a listing of its files cannot say.

::

    probe = ["http://192.0.2.10/"]               # what a customer asks
    version = "keepalived 2.2.7, HAProxy 2.6"    # the site's own
    needs_nofile = 40023                         # open files that HAProxy must be allowed
    certificates = ["/etc/ssl/site.pem"]         # exist at the site and are not in the folder
    directories = ["/var/run/lb"]
    set = ["lb2:priority=90,state=BACKUP"]       # where nodes share a keepalived.conf (harness/site/setting.py)
    release = "bookworm"                         # Debian's; in a table [release]: node → release
    [nodes]                                      # node → its files
    lb1 = ["lb1/keepalived.conf", "haproxy.cfg", "check.sh"]
    [paths]                                      # where a file lies in the node
    "check.sh" = "/usr/local/sbin/check.sh"
    [modes]                                      # if not 0755 of an executable file and 0644 of another
    "check.sh" = "0775"
    [interfaces.lb1]                             # card → its own addresses
    eth0 = "192.0.2.11/24"
    [config_id]                                  # what `keepalived -i` gets, if it is not the node's name
    [hosts]                                      # name → address
    [load]                                       # at its peak
    open_sessions = 3000
    new_per_second = 180
    [[accept]]                                   # a finding that the site lives with
    rule = "no-check"
    reason = "one machine by intention"
    until = 2027-01-31
    [bounds]                                     # seconds that customers may be without service, for a verdict
    peer_dead = 5.0                              # of a node that fails, instead of what follows from its timers
    haproxy_dead = 10.0
"""

import ipaddress
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Final

import msgspec

from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.release import USUAL_RELEASE, checked, of_option
from harness.site.cards import NAME as CARD
from harness.site.key_error import explained
from harness.site.setting import with_settings
from harness.site.site import BOUNDS, HAPROXY, KEEPALIVED, Accepted, Load, Site, SiteFile, SiteNode

NAME: Final = "pair.toml"
LARGEST: Final = 1_000_000
"""Bytes of a file: configurations and scripts are shorter, and all of them go through one archive."""
_GONE_AT_START: Final = ("/dev/", "/proc/", "/run/", "/sys/", "/tmp/", "/var/run/")  # noqa: S108 - in a node
_LONGEST_S: Final = 3600
USUAL: Final = {"keepalived.conf": KEEPALIVED, "haproxy.cfg": HAPROXY}

_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")]
_Card = Annotated[str, msgspec.Meta(pattern=CARD)]
_Host = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})$")]
_Path = Annotated[str, msgspec.Meta(pattern=r"^/[^\x00-\x1f]*$")]
_Mode = Annotated[str, msgspec.Meta(pattern=r"^0?[0-7]{3}$")]


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    nodes: dict[_Name, tuple[str, ...]]
    paths: dict[str, _Path] = {}
    modes: dict[str, _Mode] = {}
    interfaces: dict[_Name, dict[_Card, str | tuple[str, ...]]] = {}
    config_id: dict[_Name, _Name] = {}
    hosts: dict[_Host, str] = {}
    certificates: tuple[_Path, ...] = ()
    directories: tuple[_Path, ...] = ()
    load: Load = Load()
    probe: str | tuple[str, ...] = ()
    needs_nofile: Annotated[int, msgspec.Meta(ge=0, le=2**30)] = 0
    accept: tuple[Accepted, ...] = ()
    bounds: dict[str, float] = {}
    set: tuple[str, ...] = ()
    version: str = ""
    release: str | dict[_Name, str] = ""


_STRUCTS: Final[Mapping[str, type[msgspec.Struct]]] = {"": _Document, "load": Load, "accept": Accepted}


def read(folder: Path, settings: Iterable[str] = (), release: str = "") -> Site:
    """`settings`: as `set` in the file, after those of the file. `release`: an option, which wins over the file.

    Raises `UsageError` naming the file and each bad value, also for a link that leads out of `folder`.
    """
    return parse(folder, _text(folder), settings, release)


def parse(folder: Path, text: str, settings: Iterable[str] = (), release: str = "") -> Site:
    """The same with the text of a pair.toml that is not in the folder."""
    document = _document(folder, text)
    if not document.nodes:
        raise UsageError(f"{folder / NAME}: nodes is empty: it names the files of each node.")
    _refuse_unknown(folder, document)
    releases = _releases(folder, document) | of_option(release, document.nodes)
    nodes = {name: _node(folder, document, name, releases.get(name, USUAL_RELEASE)) for name in document.nodes}
    return Site(
        nodes=with_settings(nodes, (*document.set, *settings)),
        hosts={name: _address(folder, f"hosts.{name}", each) for name, each in document.hosts.items()},
        certificates=document.certificates,
        directories=document.directories,
        load=document.load,
        probe=(document.probe,) if isinstance(document.probe, str) else document.probe,
        needs_nofile=document.needs_nofile,
        accept=document.accept,
        version=_version(folder, document.version),
        bounds=_bounds(folder, document.bounds),
    )


def read_below(folder: Path, name: str) -> tuple[bytes, int]:
    """A file's bytes and mode. Raises `UsageError` for what is not a file inside of `folder`, links resolved."""
    base = folder.resolve()
    try:
        path = (base / name).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links (3.11: RuntimeError), a NUL
        raise UsageError(f"{folder}: {name!r} cannot be read: {error}.") from error
    if not path.is_relative_to(base):
        raise UsageError(f"{folder}: {name!r} leads out of the folder, to {path}: copy the file into it.")
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # a FIFO may block
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UsageError(f"{folder}: {name!r} is no regular file.")
            if status.st_size > LARGEST:
                raise UsageError(f"{folder}: {name!r} has {status.st_size} bytes; at most {LARGEST} are read.")
            return file.read(), stat.S_IMODE(status.st_mode)
    except OSError as error:
        raise UsageError(f"{folder}: {name!r} cannot be read: {error.strerror}.") from error


def _text(folder: Path) -> str:
    if not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is no folder: name the one that has {NAME}.")
    if not (folder / NAME).exists() and not (folder / NAME).is_symlink():
        raise UsageError(f"{folder} has no {NAME}: `harness init {folder}` drafts one.")
    raw, _ = read_below(folder, NAME)
    try:
        return raw.decode("utf-8-sig")  # editors of Windows write a byte order mark
    except UnicodeDecodeError as error:
        raise UsageError(f"{folder / NAME} is not TOML: {error}.") from error


def _document(folder: Path, text: str) -> _Document:
    try:
        return msgspec.convert(tomllib.loads(text), _Document)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{folder / NAME} is not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"{folder / NAME}: {explained(str(error), _STRUCTS)}") from error


def _refuse_unknown(folder: Path, document: _Document) -> None:
    """Raises `UsageError` for a table that names a node or a file which is not in `nodes`."""
    files = {file for named in document.nodes.values() for file in named}
    for table, names, valid, kind in (
        ("interfaces", document.interfaces, document.nodes, "node"),
        ("config_id", document.config_id, document.nodes, "node"),
        ("release", () if isinstance(document.release, str) else document.release, document.nodes, "node"),
        ("paths", document.paths, files, "file of a node"),
        ("modes", document.modes, files, "file of a node"),
    ):
        for name in names:
            if name not in valid:
                raise UsageError(f"{folder / NAME}, {table}: {UnknownName(kind, name, valid)}")


def _bounds(folder: Path, said: Mapping[str, float]) -> dict[str, float]:
    try:
        for name, seconds in said.items():
            if name not in BOUNDS:
                raise UnknownName("bound", name, BOUNDS)
            if not 0 < seconds <= _LONGEST_S:
                raise BadValue(name, seconds, f"a number of seconds, more than 0 and at most {_LONGEST_S}")
    except UsageError as error:
        raise UsageError(f"{folder / NAME}, bounds: {error}") from error
    return dict(said)


def _releases(folder: Path, document: _Document) -> dict[str, str]:
    said = document.release
    named = dict.fromkeys(document.nodes, said) if isinstance(said, str) and said else said or {}
    assert isinstance(named, dict), "a text is for every node"
    try:
        return {node: checked(name) for node, name in named.items()}
    except UnknownName as error:
        raise UsageError(f"{folder / NAME}, release: {error}") from error


def _node(folder: Path, document: _Document, name: str, release: str) -> SiteNode:
    files = tuple(_file(folder, document, name, source) for source in document.nodes[name])
    twice = {file.path for file in files if [each.path for each in files].count(file.path) > 1}
    if twice:
        raise UsageError(f"{folder / NAME}: node {name} has two files for {', '.join(sorted(twice))}.")
    if not any(file.path == KEEPALIVED for file in files):
        raise UsageError(f"{folder / NAME}: node {name} has no {KEEPALIVED}: add its keepalived.conf to nodes.{name}.")
    cards = document.interfaces.get(name, {})
    return SiteNode(
        name,
        files,
        {card: _addresses(folder, name, card, each) for card, each in cards.items()},
        document.config_id.get(name, name),
        release,
    )


def _file(folder: Path, document: _Document, node: str, source: str) -> SiteFile:
    content, mode = read_below(folder, source)
    path = document.paths.get(source) or USUAL.get(PurePosixPath(source).name)
    if path is None or str(PurePosixPath(path)) != path or ".." in PurePosixPath(path).parts:
        where = f"{path!r} is no plain absolute path" if path else "it is not said where it lies in the node"
        raise UsageError(f'{folder / NAME}: {source!r} of {node}: {where}: write paths."{source}" = "/…".')
    usual = 0o755 if mode & 0o100 else 0o644  # a checkout tells only whether a file is executable
    if path.startswith(_GONE_AT_START):
        raise UsageError(f"{folder / NAME}: {source!r} of {node}: {path} is lost when a node starts.")
    return SiteFile(source, path, content, int(document.modes[source], 8) if source in document.modes else usual)


def _version(folder: Path, said: str) -> str:
    if said and not re.search(r"(keepalived|haproxy)\s+v?\d+\.\d+", said, re.IGNORECASE):
        raise UsageError(f"{folder / NAME}: {BadValue('version', said, 'such as keepalived 2.2.7, HAProxy 2.6.12')}")
    return said


def _addresses(folder: Path, node: str, card: str, said: str | tuple[str, ...]) -> tuple[str, ...]:
    every = (said,) if isinstance(said, str) else said
    for each in every:
        try:
            ipaddress.ip_interface(each)
        except ValueError as error:
            raise UsageError(f"{folder / NAME}, interfaces.{node}.{card}: {error}.") from error
    return every


def _address(folder: Path, key: str, said: str) -> str:
    try:
        return str(ipaddress.ip_address(said))
    except ValueError as error:
        raise UsageError(f"{folder / NAME}, {key}: {error}.") from error
