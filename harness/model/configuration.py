"""A configuration: the files that a failover pair runs with, a folder laid over `default`.

::

    NAME/about.md               why it exists, for people
    NAME/settings.toml          values for the templates ([vrrp], [haproxy]); only those that differ
    NAME/haproxy.cfg.j2 …       Jinja2 templates; only those that differ
    NAME/haproxy.cfg …          files that go to the nodes as they are
    NAME/lb-ext-1/haproxy.cfg   the same for one node alone

`default` is complete: its settings.toml also says, in ``[files]``, which node a file is for and where it goes.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Self

import jinja2
import msgspec
from msgspec.structs import replace

from harness.model.errors import UnknownName, UsageError
from harness.model.folders import CONFIGURATIONS
from harness.model.instance import instances_of, routers_of
from harness.model.node import Node, Port
from harness.model.sources import Source, read_sources, read_text, service_of
from harness.model.topology import Topology

DEFAULT: Final = "default"


class Vrrp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """keepalived's timers and priorities, and the way that adverts take.

    `top`, `global_defs` and `instance` are further lines, as keepalived.conf(5) has them.
    """

    advert_int: float  # s
    priorities: Annotated[tuple[int, ...], msgspec.Meta(min_length=2)]  # of a virtual router's nodes, as listed
    preempt: bool
    unicast: bool  # adverts go to the other nodes' addresses instead of a group
    heartbeat: str  # the segment that adverts take; "": the virtual router's own
    use_vmac: bool  # the VIP has a MAC address of its own, which moves with it
    top: tuple[str, ...]
    global_defs: tuple[str, ...]
    instance: tuple[str, ...]


class Haproxy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    maxconn: int  # sessions of the frontend
    process_maxconn: int  # of the whole process; 0: HAProxy computes it
    server_maxconn: int  # of each server; 0: no limit
    queue_timeout_s: float
    health_port: int  # 0: none
    threads: int


class Gateways(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the network beside the pair: for how long a gateway uses an ARP entry without a new confirmation."""

    arp_timeout_s: float


class Balancers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kernel settings of the pair's nodes."""

    arp_announce: int  # 0: an ARP request may name the VIP as its sender; 2: it never does


class Switches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Port security: a virtual router's own MAC address (`use_vmac`) stays at the port of its preferred node."""

    pin_vmac: bool


class Mariadb(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Server variables of both databases, in their own units. `read_only`: of the first and of the second."""

    read_only: tuple[bool, bool]
    innodb_stats_persistent: bool  # MariaDB's own default: true
    innodb_stats_modified_counter: int  # 0: MariaDB's own rule, a sixteenth of the rows
    table_open_cache: int
    max_statement_time: float  # s; 0: no limit


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a file goes: to nodes of `kind` (of `virtual_router`), at /etc/SERVICE/…. A new file restarts SERVICE."""

    kind: str
    path: Annotated[str, msgspec.Meta(pattern=r"^/etc/(haproxy|keepalived|mariadb)(/\w[\w.-]*)+$")]
    virtual_router: str = ""  # any

    @property
    def service(self) -> str:
        return service_of(self.path)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vrrp: Vrrp
    haproxy: Haproxy
    balancers: Balancers
    gateways: Gateways
    switches: Switches
    mariadb: Mariadb
    files: dict[str, File]


class Configuration(msgspec.Struct, frozen=True):
    name: str
    about: str
    settings: Settings
    sources: dict[str, Source]  # FILE, or NODE/FILE where a node has its own

    @classmethod
    def load(cls, name: str, folder: Path = CONFIGURATIONS) -> Self:
        """By NAME, or by PATH (it has a slash).

        Raises `UnknownName`, or `UsageError` for a bad settings.toml and for a file that no node would get.
        """
        own, default = _find(name, folder), folder / DEFAULT
        tables = _merged(_toml(default), _toml(own))
        try:
            settings = msgspec.convert(tables, Settings)
        except msgspec.ValidationError as error:
            raise UsageError(f"{own / 'settings.toml'} is not valid: {error}.") from error
        laid = {} if own == default else read_sources(default, settings.files, DEFAULT)
        sources = laid | read_sources(own, settings.files, name.rstrip("/"), own=own != default)
        for file in settings.files.keys() - sources.keys():
            raise UsageError(f'{own / "settings.toml"} names [files."{file}"], but {own} has no such file.')
        return cls(own.name, _text(own / "about.md"), settings, sources)

    def with_vrrp(self, name: str, **settings: object) -> Self:
        """The same under another name and with other values of `Vrrp`, without a folder of its own.

        Raises `UsageError` for a value that is not valid.
        """
        try:
            vrrp = msgspec.convert(msgspec.structs.asdict(self.settings.vrrp) | settings, Vrrp)
        except msgspec.ValidationError as error:
            raise UsageError(f"Configuration {name}: {error}.") from error
        return replace(self, name=name, settings=replace(self.settings, vrrp=vrrp))

    def render(self, topology: Topology, node: str) -> dict[str, str]:
        """Path in the node → text; empty for a node that needs none.

        Raises `UsageError` naming template and line, `UnknownName` for a folder of the configuration without a node.
        """
        self._refuse_unwanted(topology)
        files = self._files(topology, node)
        context = _context(topology, topology.node(node), self.settings) if files else {}
        return {file.path: self._render(self.source(topology, node, name), context) for name, file in files.items()}

    def executable(self, topology: Topology, node: str) -> set[str]:
        """The paths in the node of files that must be executable there: check scripts."""
        files = self._files(topology, node).items()
        return {file.path for name, file in files if self.source(topology, node, name).executable}

    def origins(self, topology: Topology, node: str) -> dict[str, Source]:
        """Path in the node → where it comes from."""
        files = self._files(topology, node).items()
        return {file.path: self.source(topology, node, name) for name, file in files}

    def source(self, topology: Topology, node: str, file: str) -> Source:
        """The node's own file, else the one for all nodes. Raises `UsageError` if only its peer has an own file."""
        if own := self.sources.get(f"{node}/{file}"):
            return own
        others = (self.sources.get(f"{other}/{file}") for other in _sharing(topology, node))
        theirs = next(filter(None, others), None)
        if theirs and not self.sources[file].own:
            raise UsageError(f"{theirs.shown} exists, but {node}/{file} does not: give both nodes of a pair their own.")
        return self.sources[file]

    def _refuse_unwanted(self, topology: Topology) -> None:
        """Raises for a file in a node's folder that the node does not get."""
        for place, source in self.sources.items():
            node, _, name = place.rpartition("/")
            if node and name not in (valid := self._files(topology, node)):
                raise UsageError(f"{source.shown}: {node} gets no {name}. It gets: {', '.join(valid) or 'no file'}.")

    def _files(self, topology: Topology, node: str) -> dict[str, File]:
        """Raises `UsageError` for two files of one node that go to the same place."""
        owner = topology.node(node)
        found = {name: file for name, file in self.settings.files.items() if _is_for(file, topology, owner)}
        first: dict[str, str] = {}
        for name, file in found.items():
            if first.setdefault(file.path, name) != name:
                raise UsageError(f"{node} would get {first[file.path]} and {name} as {file.path}.")
        return found

    def _render(self, source: Source, context: Mapping[str, object]) -> str:
        if not source.template:
            return source.text
        try:
            return _jinja(source.text).from_string(source.text).render(context)
        except jinja2.TemplateSyntaxError as error:
            raise UsageError(f"{source.shown}, line {error.lineno}: {error.message}") from error
        except jinja2.TemplateError as error:
            raise UsageError(f"{source.shown}: {error.message}") from error


def names(folder: Path = CONFIGURATIONS) -> list[str]:
    """Every configuration that can be named: the folders beside `default`."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


_JINJA: Final = jinja2.Environment(  # noqa: S701 - configuration files, never HTML
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)


def _jinja(text: str) -> jinja2.Environment:
    """Jinja2 writes every line end in one form: that of the template."""
    return _JINJA.overlay(newline_sequence="\r\n") if "\r\n" in text else _JINJA


def _find(name: str, folder: Path) -> Path:
    if "/" not in name:
        if name not in names(folder):
            raise UnknownName("configuration", name, names(folder))
        return folder / name
    path = Path(name).expanduser().resolve()
    if not path.is_dir():
        raise UsageError(f"There is no configuration folder {name!r}.")
    return path


def _text(path: Path) -> str:
    return read_text(path) if path.exists() or path.is_symlink() else ""


def _toml(folder: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(folder / "settings.toml"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{folder / 'settings.toml'} is not TOML: {error}.") from error


def _merged(base: dict[str, object], over: dict[str, object]) -> dict[str, object]:
    """Tables merge key by key, at every depth; anything else replaces."""
    both = {key: _merged(base[key], over[key]) for key in base.keys() & over.keys() if _tables(base[key], over[key])}  # type: ignore[arg-type]
    return base | over | both


def _tables(*values: object) -> bool:
    return all(isinstance(value, dict) for value in values)


def _is_for(file: File, topology: Topology, node: Node) -> bool:
    mine = [router.name for router in routers_of(topology, node.name)]
    return file.kind == node.kind and (not file.virtual_router or file.virtual_router in mine)


def _context(topology: Topology, node: Node, settings: Settings) -> dict[str, object]:
    """What a template may use. Every node: node, databases, settings, and what `_database` or `_balancer` adds."""
    common = {"node": node, "databases": _databases(topology), "settings": settings}
    return common | (_database(topology, node) if node.kind == "database" else _balancer(topology, node, settings))


def _database(topology: Topology, node: Node) -> dict[str, object]:
    """index (0 first), primary: the port of the first database."""
    databases = _databases(topology)
    return {"index": [port.node for port in databases].index(node.name), "primary": databases[0]}


def _balancer(topology: Topology, node: Node, settings: Settings) -> dict[str, object]:
    """instances, sync_groups (name → those of their routers), servers, reports."""
    instances = instances_of(topology, node, settings.vrrp.priorities, settings.vrrp.heartbeat)
    if not instances:
        raise UsageError(f"compose.yaml: balancer {node.name} belongs to no virtual router.")
    groups: dict[str, list[str]] = {}
    for router in (each.router for each in instances if each.router.sync_group):
        groups.setdefault(router.sync_group, []).append(router.name)
    return {
        "instances": instances,
        "sync_groups": groups,
        "servers": _servers(topology, node, "api"),
        "reports": _servers(topology, node, "report"),
    }


def _sharing(topology: Topology, node: str) -> list[str]:
    """The nodes that share a virtual router with this one."""
    return [other for router in routers_of(topology, node) for other in router.others(node)]


def _servers(topology: Topology, node: Node, kind: str) -> list[Port]:
    """The ports of the servers of a kind that share a segment with the node."""
    segments = {port.segment for port in node.ports}
    servers = [other for other in topology.nodes.values() if other.kind == kind]
    return [port for server in servers for port in server.ports if port.segment in segments]


def _databases(topology: Topology) -> list[Port]:
    """The first port of each; the first database is the primary."""
    return [node.ports[0] for node in topology.nodes.values() if node.kind == "database"]
