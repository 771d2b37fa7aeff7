"""Why a site's files cannot be judged at all: lines that are not filled in, and what is no failover pair's."""

import re
from collections.abc import Iterator
from typing import Final

from harness.model.errors import UsageError
from harness.model.file_problem import Problem, quoted
from harness.model.keepalived import Block, parse_blocks
from harness.model.keepalived_rules import NodeFiles, placeholders
from harness.model.keepalived_text import MAIN
from harness.site.site import KEEPALIVED, Site, SiteFile, SiteNode

_LVS: Final = "a section for LVS: it balances in the kernel, which a container cannot; take it out of the file"
_SYNC: Final = "it is for LVS, without which keepalived ends, and a container has none; take the line out of the file"
_CONFIGURATIONS: Final = (".conf", ".cfg")
_QUOTED: Final = re.compile(r'"[^"]*"|\'[^\']*\'')  # a program's argument may have braces: docker inspect -f
_MARKS: Final = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|<-*\s*[A-Z][A-Z0-9_ -]{2,}>|@@\w+@@|%%\w+%%|\b[A-Z_]+ GOES HERE\b"
    r"|(?<=\s)\[(?!\w-\w)[A-Za-z][A-Za-z0-9_ -]{2,}\]\s*$|(?<=\s)<[a-z][\w .-]{2,}>\s*$"
)
"""What guides and templates leave to be filled in; ``${NAME}`` is found by `placeholders`."""


def refusals(site: Site) -> list[Problem]:
    """`path` is below the site's folder. Once for a file that several nodes have."""
    found = [each for node in site.nodes.values() for each in (*_marks(node), *_of(node))]
    return list({(each.path, each.line, each.said): each for each in found}.values())


def _marks(node: SiteNode) -> Iterator[Problem]:
    for file in node.files:
        if file.path.endswith(_CONFIGURATIONS) and not file.path.startswith("/etc/sysctl"):
            yield from _marks_of(node, file)


def _marks_of(node: SiteNode, file: SiteFile) -> Iterator[Problem]:
    for number, line in enumerate(file.text.splitlines(), 1):
        bare = _QUOTED.sub("", line).partition("#")[0]
        if (found := _MARKS.search(bare)) and not bare.lstrip().startswith("!"):
            said = f"{found[0].strip()} was never filled in."
            yield Problem(node.name, file.source, number, "will not run", said, quoted(file.text, number))


def _of(node: SiteNode) -> Iterator[Problem]:
    files = NodeFiles(node.config_id, node.texts)
    try:
        left = placeholders(files)
        document = None if left else parse_blocks(files.main, node.config_id, files.included)
    except UsageError:  # keepalived's own messages say what is wrong
        return
    for problem in left:
        yield Problem(
            node.name, node.source(problem.path), problem.line, problem.severity, problem.said, problem.quoted
        )
    for block, why in _of_lvs(document) if document else ():
        path = KEEPALIVED if block.file == MAIN else block.file
        yield Problem(node.name, node.source(path), block.line, "will not run", f"{' '.join(block.words)}: {why}.")


def _of_lvs(document: Block) -> Iterator[tuple[Block, str]]:
    yield from ((block, _LVS) for block in document.all("virtual_server"))
    for block in document.all("global_defs", "vrrp_instance"):
        yield from ((line, _SYNC) for line in block.all("lvs_sync_daemon", "lvs_sync_daemon_interface"))
