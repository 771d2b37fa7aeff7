"""Drafts a pair.toml from the files of a folder: which file is on which node, where it lies there, and what is missing.

Nothing is asked and nothing is written here. What the files do not tell is guessed, and every guess is said.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from harness.model.errors import UsageError
from harness.model.keepalived import Block, parse_blocks
from harness.site.cards import named_cards
from harness.site.collected import FOLDER, Collected, collected
from harness.site.haproxy_needs import HaproxyNeeds, haproxy_needs
from harness.site.listing import FoundFile, Listing, listing_of
from harness.site.node_names import FoundNode, found_nodes, is_main, reads_as_keepalived
from harness.site.own_addresses import Cards, own_addresses, vips
from harness.site.pair_file import USUAL
from harness.site.placing import owners, placed
from harness.site.programs import named_programs
from harness.site.site import HAPROXY, KEEPALIVED

_SYSTEM: Final = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib/")
_SITES_OWN: Final = ("/etc/keepalived/", "/etc/haproxy/", "/usr/local/", "/opt/", "/root/", "/home/", "/srv/")
_STAND_INS: Final = "198.18.0."  # RFC 2544: no site has these


class Draft(NamedTuple):
    """`nodes`: node → path in the node → file. `hosts`: name → address of a stand-in.

    `missing`: what to bring or to fill in. `guessed`: what to look at. Both sentences for people.
    `version`: of the site's programs, "" if it is not known, or differs between nodes.
    """

    nodes: dict[str, dict[str, str]]
    config_id: dict[str, str]
    cards: dict[str, Cards]
    modes: dict[str, str]
    hosts: dict[str, str]
    certificates: tuple[str, ...]
    directories: tuple[str, ...]
    missing: tuple[str, ...]
    guessed: tuple[str, ...]
    version: str = ""

    @property
    def paths(self) -> dict[str, str]:
        """File → where it lies in the node, if its name does not say it."""
        every = {source: path for files in self.nodes.values() for path, source in files.items()}
        return {source: path for source, path in every.items() if USUAL.get(PurePosixPath(source).name) != path}


def draft(found: Listing) -> Draft:
    """Raises `UsageError` if there is no keepalived.conf."""
    nodes = found_nodes(found.files)
    if not nodes:
        raise UsageError(f"No keepalived.conf among {len(found.files)} files: its name has `keepalived` and `.conf`.")
    owned = {node.name: [file for file in found.files if node in owners(file, nodes, found.files)] for node in nodes}
    return _draft(found, nodes, owned, {node.name: each for node in nodes if (each := collected(found, node.label))})


def draft_named(folder: Path, named: Mapping[str, tuple[str, ...]]) -> Draft:
    """`named`: node → its files, below `folder`. Raises `UsageError` for one that cannot be read or placed."""
    found = listing_of(folder, (each for files in named.values() for each in files))
    by_source = {file.source: file for file in found.files}
    owned = {node: [by_source[each] for each in files] for node, files in named.items()}
    mains = {node: _main(files) for node, files in owned.items()}
    if without := [node for node, main in mains.items() if main is None]:
        raise UsageError(f"--node {without[0]}={','.join(named[without[0]])} names no keepalived.conf.")
    nodes = [FoundNode(node, node, main, conditions=True) for node, main in mains.items() if main]
    made = _draft(found, nodes, owned, {})
    for node, files in named.items():
        if left := [each for each in files if each not in made.nodes[node].values()]:
            raise UsageError(f"--node {node}: no file of {node} says where {left[0]} lies: that takes a pair.toml.")
    return made


def _main(files: list[FoundFile]) -> FoundFile | None:
    return next(filter(is_main, files), None) or next(filter(reads_as_keepalived, files), None)


def _draft(
    found: Listing,
    nodes: list[FoundNode],
    owned: Mapping[str, list[FoundFile]],
    known: Mapping[str, Collected],
) -> Draft:
    files = _once({node.name: placed(node, owned[node.name]) for node in nodes})
    texts = {file.source: file.text for file in found.files}
    documents = {node.name: _document(node, files[node.name], texts) for node in nodes}
    named = {name: list(named_cards(document)) for name, document in documents.items()}
    haproxy = {name: [texts[each] for path, each in files[name].items() if _is_haproxy(path)] for name in files}
    needs = haproxy_needs(_flat(haproxy.values()), [path for each in files.values() for path in each])
    cards = own_addresses(documents, named, "\n".join(_flat(haproxy.values())))
    return Draft(
        files,
        {node.name: node.name for node in nodes if node.conditions},
        {name: _cards(each, known.get(name), vips(documents[name])) for name, each in cards.items()},
        {source: mode for name in files for source, mode in _modes(files[name], known.get(name))},
        {name: f"{_STAND_INS}{number}" for number, name in enumerate(needs.hosts[:250], 1)},
        needs.certificates,
        needs.directories,
        (*_other_node(nodes), *_to_bring(files, documents, needs), *_to_fill_in(cards, known), *found.unread),
        tuple(_guessed(nodes, needs, _unused(found, files))),
        _version(known),
    )


def _version(known: Mapping[str, Collected]) -> str:
    """Of the site's programs, if all nodes that told theirs have the same."""
    told = {each.programs for each in known.values()}
    return told.pop() if len(told) == 1 else ""


def _once(files: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """pair.toml says for a file where it lies, not for a node's file: the first place counts."""
    places: dict[str, str] = {}
    for brought in files.values():
        for path, source in brought.items():
            places.setdefault(source, path)
    return {
        name: {path: source for path, source in brought.items() if places[source] == path}
        for name, brought in files.items()
    }


def _document(node: FoundNode, files: Mapping[str, str], texts: Mapping[str, str]) -> Block:
    included = {path: texts[source] for path, source in files.items() if path != KEEPALIVED}
    try:
        return parse_blocks(texts[node.main.source], node.name, included)
    except UsageError:  # lint says what is wrong; the draft has then no cards
        return Block(("",))


def _is_haproxy(path: str) -> bool:
    return path.startswith("/etc/haproxy/") and path.endswith(".cfg")


def _flat(lists: Iterable[list[str]]) -> list[str]:
    return list(dict.fromkeys(each for every in lists for each in every))


def _cards(guessed: Cards, told: Collected | None, moving: set[str]) -> Cards:
    """What the node itself said counts, but for addresses that it had as the master."""
    if told is None or not told.cards:
        return guessed
    own = {card: [each for each in every if each.partition("/")[0] not in moving] for card, every in told.cards.items()}
    return Cards({card: _fourth(every) or (every[0],) for card, every in own.items() if every}, {})


def _fourth(addresses: Iterable[str]) -> tuple[str, ...]:
    """Those of IPv4. Of IPv6 a card may have many that come and go by themselves."""
    return tuple(each for each in addresses if ":" not in each)


def _modes(files: Mapping[str, str], told: Collected | None) -> Iterator[tuple[str, str]]:
    for path, source in files.items():
        if told is not None and path in told.modes:
            yield source, told.modes[path]


def _other_node(nodes: list[FoundNode]) -> Iterator[str]:
    if len(nodes) == 1:
        yield f"bring keepalived.conf of the other node: there is only that of {nodes[0].name}."


def _to_bring(
    files: Mapping[str, Mapping[str, str]], documents: Mapping[str, Block], needs: HaproxyNeeds
) -> Iterator[str]:
    for name, brought in files.items():
        if not any(_is_haproxy(path) for path in brought):
            yield f"{name}: bring its {HAPROXY}."
        yield from (f"{name}: bring {path}: {said} names it." for path, said in _programs(documents[name], brought))
    yield from (f"bring {path}: haproxy.cfg names it, and HAProxy does not start without it." for path in needs.files)


def _to_fill_in(cards: Mapping[str, Cards], known: Mapping[str, Collected]) -> Iterator[str]:
    for name, each in cards.items():
        for card in each.suggested if name not in known else ():
            yield f"{name}: fill in the own address of {card}: interfaces.{name}."


def _programs(document: Block, brought: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Programs, and their arguments, that are the site's own and not brought; each once."""
    seen = set(brought)
    for line, command in named_programs(document):
        own = [each for each in command[:1] if each.startswith("/") and not each.startswith(_SYSTEM)]
        for path in (*own, *(each for each in command[1:] if each.startswith(_SITES_OWN))):
            if path not in seen:
                seen.add(path)
                yield path, f"{line.file}:{line.line}"


def _unused(found: Listing, files: Mapping[str, Mapping[str, str]]) -> list[str]:
    used = {source for each in files.values() for source in each.values()}
    return [file.source for file in found.files if file.source not in used and f"/{FOLDER}/" not in file.source]


def _guessed(nodes: list[FoundNode], needs: HaproxyNeeds, unused: list[str]) -> Iterator[str]:
    shared = len({node.main.source for node in nodes}) == 1
    if shared and nodes[0].conditions:
        yield f"the names of the nodes: they are those of the @NAME lines in {nodes[0].main.source}."
    elif shared:
        names = " and ".join(node.name for node in nodes)
        yield (
            f"the names of the nodes, {names}: one keepalived.conf is on both. What differs goes into `set`: "
            f'"{nodes[-1].name}:priority=90,state=BACKUP".'
        )
    if needs.hosts:
        yield f"addresses of {', '.join(needs.hosts)}: stand-ins; HAProxy does not start with a name that has none."
    if unused:
        yield f"not used, since no file names them: {', '.join(unused[:20])}{' …' if len(unused) > 20 else ''}."
