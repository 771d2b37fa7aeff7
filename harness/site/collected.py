"""What the script of `harness collect` tells of one node, beside its files (harness/site/collect.sh)."""

import msgspec


class Collected(msgspec.Struct, frozen=True):
    """`cards`: device → its first own address with prefix length. `modes`: path in the node → octal, as `pair.toml`."""

    cards: dict[str, str] = {}
    modes: dict[str, str] = {}
    versions: tuple[str, ...] = ()
