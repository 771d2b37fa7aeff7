"""Asks keepalived and HAProxy themselves about a site's files, one container for each node, all at once.

Each has the node's files, cards and names, no network, and a read-only root (compose/balancer/bin/examine-node).
"""

import base64
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import docker
import msgspec

from harness.lab import engine, one_off
from harness.lab.site_image import site_image
from harness.model.errors import EnvironmentProblem, UsageError
from harness.site.cards import document, missing_cards
from harness.site.examined import Examined
from harness.site.missing_files import missing_files
from harness.site.programs import named_programs
from harness.site.site import HAPROXY, Site, SiteFile, SiteNode

_PATIENCE_S: Final = 20
_AT_ONCE: Final = 4
_FOLDER: Final = "/etc/haproxy/"
_STATE: Final = "/var/lib/haproxy"
"""Debian's chroot of HAProxy: sites have their socket there, which a read-only root refuses."""
_REPLACED: Final = ("/home/", "/opt/", "/root/", "/srv/", "/var/")
"""Not /etc/keepalived and /etc/haproxy: keepalived does not start without its package's own files there."""
_OF_SITES: Final = ("/var/", "/opt/", "/srv/")
_LINKED: Final = "/var/run/"  # Debian links it to /run, which is writable
_LOOPBACK: Final = "lo"
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")
"""HAProxy looks for it among its peers."""
_SYSCTL: Final = re.compile(r"^\s*-?(net[./]ipv[46][./]ip_nonlocal_bind)\s*=\s*([01])\s*$", re.MULTILINE)
_SIXTH: Final = {
    f"net.ipv6.conf.{card}.{key}": "0" for card in ("all", "default") for key in ("disable_ipv6", "accept_dad")
}
"""IPv6, and no tentative addresses: they cannot be bound."""
_SYSCTL_FILES: Final = ("/etc/sysctl.conf", "/etc/sysctl.d/", "/usr/lib/sysctl.d/")


class _Restored(msgspec.Struct, frozen=True):
    path: str
    content: str  # base64
    mode: int


class _Question(msgspec.Struct, frozen=True):
    node: str
    config_id: str
    cards: dict[str, tuple[str, ...]]
    directories: tuple[str, ...]
    haproxy: list[str]
    programs: list[str]
    restored: list[_Restored]


def examine(site: Site) -> dict[str, Examined]:
    """Node → what the programs said. Raises `EnvironmentProblem` if they could not be asked."""
    client = engine.connect()
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = pool.map(partial(_examine, client, site), site.nodes.values())
            return dict(zip(site.nodes, answers, strict=True))
    finally:
        client.close()


def cards(node: SiteNode) -> dict[str, tuple[str, ...]]:
    """Those that the container is given; it has a loopback of its own."""
    every = {**dict.fromkeys(missing_cards(node), ()), **node.cards}
    return {card: addresses for card, addresses in every.items() if card != _LOOPBACK}


def _examine(client: docker.DockerClient, site: Site, node: SiteNode) -> Examined:
    question = _Question(
        node.name,
        node.config_id,
        cards(node),
        site.directories,
        haproxy_files(node),
        sorted(set(_programs(node))),
        [_Restored(file.path, base64.b64encode(file.content).decode(), file.mode) for file in hidden(site, node)],
    )
    with (
        site_image(client, site, node) as image,
        one_off.container(
            client,
            ["examine-node"],
            _PATIENCE_S,
            of=image,
            capabilities=one_off.NODE_CAPABILITIES,
            read_only=not needs_root(site, node),
            writable=(*writable(site, node), *tracked_folders(site, node)),
            sysctls={**sixth(node), **sysctls_of(node)},
            hosts=site.hosts,
            hostname=node.name if _HOST_NAME.fullmatch(node.name) else "",
        ) as asked,
    ):
        answer = one_off.converse(client, asked, msgspec.json.encode(question), _PATIENCE_S)
    try:
        return msgspec.json.decode(answer, type=Examined)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EnvironmentProblem(f"{node.name} could not be examined: the answer is {answer[-200:]!r}.") from error


def writable(site: Site, node: SiteNode) -> tuple[str, ...]:
    """Where programs may write. A folder that has a file of the site stays as the image has it."""
    kept = (*(file.path for file in node.files), *site.certificates)
    wanted = (each.rstrip("/") for each in site.directories if each.startswith(_OF_SITES))
    free = (each for each in wanted if not each.startswith(_LINKED) and ".." not in each)
    own = (each for each in (_STATE, *free) if not any(path.startswith(f"{each}/") for path in kept))
    return tuple(dict.fromkeys((*one_off.WRITABLE, *own)))


def haproxy_files(node: SiteNode) -> list[str]:
    """What HAProxy is started with: its usual file, else the folders below /etc/haproxy that have files."""
    if node.file(HAPROXY):
        return [HAPROXY]
    every = (file.path for file in node.files if file.path.startswith(_FOLDER) and file.path.endswith(".cfg"))
    return sorted({path.rpartition("/")[0] for path in every})


def _programs(node: SiteNode) -> Iterator[str]:
    """The first word of each line that names a program; a file that cannot be read as blocks names none."""
    try:
        yield from (each.command[0] for each in named_programs(document(node)))
    except UsageError:  # keepalived's own messages say what is wrong
        return


def sysctls_of(node: SiteNode) -> dict[str, str]:
    """Those that decide whether HAProxy starts. The others of a site change nothing that is looked at here."""
    files = sorted((file for file in node.files if file.path.startswith(_SYSCTL_FILES)), key=lambda file: file.path)
    return {key.replace("/", "."): value for file in files for key, value in _SYSCTL.findall(file.text)}


def sixth(node: SiteNode) -> dict[str, str]:
    """What a node with an IPv6 address needs here. An engine takes IPv6 from a container without a network."""
    return _SIXTH if any(":" in each for every in node.cards.values() for each in every) else {}


def tracked_folders(site: Site, node: SiteNode) -> tuple[str, ...]:
    """Of the files that it tracks: keepalived ignores one on a file system that is read-only.

    Each gets a file system in memory, which hides what the image has there; the site's own files are put back
    (compose/balancer/bin/examine-node). Left out are folders in which the image has more.
    """
    made = (*missing_files(site, node), *site.certificates)
    found = {path.rpartition("/")[0] for path in _tracked(node)}
    already = (*one_off.WRITABLE, "/var/run")
    free = (each for each in sorted(found) if not _is_below(each, already) and _is_below(each, _REPLACED))
    return tuple(each for each in free if ".." not in each and not any(_is_below(path, (each,)) for path in made))


def needs_root(site: Site, node: SiteNode) -> bool:
    """Is a tracked file in a folder that cannot be replaced? Its root is then writable."""
    good = (*one_off.WRITABLE, "/var/run", *tracked_folders(site, node))
    return any(not _is_below(path, good) for path in _tracked(node))


def hidden(site: Site, node: SiteNode) -> Iterator[SiteFile]:
    """The site's files in `tracked_folders`."""
    folders = tracked_folders(site, node)
    yield from (file for file in node.files if _is_below(file.path, folders))


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == each.rstrip("/") or path.startswith(f"{each.rstrip('/')}/") for each in folders)


def _tracked(node: SiteNode) -> list[str]:
    """Absolute paths of the files that its keepalived.conf tracks."""
    try:
        blocks = [block for block in document(node).all("track_file", "vrrp_track_file") if block.body]
    except UsageError:  # keepalived's own messages say what is wrong
        return []
    return [path for block in blocks if (path := block.last("file") or "").startswith("/")]
