"""The programs that a keepalived.conf runs. keepalived.conf(5): script, notify…, misc_path."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.model.keepalived import Block

_KEYWORD: Final = re.compile(r"script|misc_path|(vrrp_|lvs_)?notify\w*")


class NamedProgram(NamedTuple):
    """`command`: its words, as keepalived splits them."""

    line: Block
    command: tuple[str, ...]


def named_programs(block: Block) -> Iterator[NamedProgram]:
    """Of all lines below `block`, in the order of the file."""
    for line in block.body:
        if _KEYWORD.fullmatch(line.words[0]) and (command := " ".join(line.words[1:]).split()):
            yield NamedProgram(line, tuple(command))
        yield from named_programs(line)
