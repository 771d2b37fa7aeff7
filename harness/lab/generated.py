"""Makes the Compose file of a lab with a topology of its own, from the topology and the further options of its nodes.

A container has the privileges and limits that its kind has in the usual lab; they are taken from compose/.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import yaml

from harness.lab import compose
from harness.lab.definition import file_of, is_generated
from harness.lab.lab_name import lab_name
from harness.model import composition, folders, lab_document
from harness.model.lab_document import Document
from harness.model.lab_file import Options
from harness.model.node import Node
from harness.model.topology import Topology

_OF_NODES: Final = ("hostname", "environment", "x-lab")  # keys of a service that belong to the node, not to its kind
_OF_A_SITE: Final = folders.COMPOSE / "site" / composition.BASE
_WIDTH: Final = 120
_HEAD: Final = """\
# The lab {lab}, made from {source!r}: change that file and not this one.
# Up again, with the topology handed to its agents: harness up --lab {lab}
"""


def compose_file(lab: str, topology: Topology, options: Mapping[str, Options], source: str) -> str:
    """As text. `source`: the file that it is made from, for its header. Raises `BadValue` for an invalid name."""
    usual = _usual()
    services = {name: _service(node, usual, options.get(name, Options())) for name, node in topology.nodes.items()}
    document = {
        "name": lab_name(lab),
        "x-lab": lab_document.lab(topology),
        "services": services | {name: each for name, each in usual["services"].items() if "x-lab" not in each},
        "networks": usual["networks"],
        "volumes": usual["volumes"],
    }
    head = _HEAD.format(lab=lab, source=source)
    return head + yaml.dump(document, Dumper=_Readable, sort_keys=False, default_flow_style=None, width=_WIDTH)


def store(lab: str, text: str) -> None:
    """Writes the file where each command with ``--lab LAB`` finds it."""
    path = file_of(lab)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@contextmanager
def stored_on_success(lab: str, text: str) -> Iterator[None]:
    """Stores the file. If the body fails, restores the earlier one, which the agents of a running lab still have."""
    before = file_of(lab).read_text() if is_generated(lab) else None
    store(lab, text)
    try:
        yield
    except BaseException:
        if before is None:
            forget(lab)
        else:
            store(lab, before)
        raise


def forget(lab: str) -> None:
    """Removes the file: the name then means the usual lab again. Repeatable."""
    if is_generated(lab):
        file_of(lab).unlink()
        file_of(lab).parent.rmdir()


def names() -> list[str]:
    """Every lab that has a topology of its own, up or not."""
    return sorted(path.parent.name for path in folders.lab("").glob(f"*/{composition.BASE}"))


def _usual() -> Mapping[str, Mapping[str, Document]]:
    """The usual lab's Compose files and that of a site's pair, merged: they have every kind of node."""
    merged: Document = {}
    for path in (*composition.files(folders.COMPOSE, compose.overlays()), _OF_A_SITE):
        merged = composition.laid_over(merged, composition.read(path))
    return merged  # type: ignore[return-value]  # our own files, and tests read them


def _service(node: Node, usual: Mapping[str, Mapping[str, Document]], options: Options) -> Document:
    alike = next(each for each in usual["services"].values() if _kind(each) == node.kind)
    service = {key: value for key, value in alike.items() if key not in _OF_NODES}
    service |= {"image": _literal(options.image)} if options.image else {}
    service |= {"cpu_shares": options.cpu_shares} if options.cpu_shares else {}
    service |= {"pids_limit": options.pids_limit} if options.pids_limit else {}
    memory = f"{options.mem_limit_mb}m"
    service |= {"mem_limit": memory, "memswap_limit": memory} if options.mem_limit_mb else {}
    service |= {"sysctls": _sysctls(service, options)} if options.sysctls else {}
    service |= {"extra_hosts": _literals(options.hosts)} if options.hosts else {}
    own = _literals(options.environment)
    cables = {"HARNESS_CABLES": " ".join(node.devices)} if node.kind == "balancer" else {}
    environment = {"HARNESS_LAB": "${COMPOSE_PROJECT_NAME}", "HARNESS_NODE": node.name} | cables | own
    return service | {"hostname": node.name, "environment": environment, "x-lab": lab_document.node(node)}


def _sysctls(service: Document, options: Options) -> Document:
    usual = service.get("sysctls", {})
    assert isinstance(usual, dict), "compose.yaml has a mapping there"
    return usual | _literals(options.sysctls)


def _kind(service: Document) -> object:
    own = service.get("x-lab")
    return own.get("kind") if isinstance(own, dict) else None


class _Quoted(str):
    """Text from a user's file: quoted, so that a YAML parser reads it as text in any case."""

    __slots__ = ()


def _literal(text: str) -> str:
    """Compose replaces ``$NAME`` by a variable, and ``$$`` by ``$``."""
    return _Quoted(text.replace("$", "$$"))


def _literals(texts: Mapping[str, str]) -> Document:
    return {key: _literal(text) for key, text in texts.items()}


class _Readable(yaml.SafeDumper):
    """One block for each node: no anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (PyYAML's signature)
        return True


_Readable.add_representer(
    _Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')
)
