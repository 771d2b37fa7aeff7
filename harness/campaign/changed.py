"""A configuration of the lab with one line of keepalived.conf changed, as a folder that any command takes."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copytree
from typing import Final

from harness.model.configuration import Configuration
from harness.model.errors import UsageError
from harness.model.folders import CONFIGURATIONS

SETTINGS: Final = "settings.toml"
_FLAGS: Final[dict[str, tuple[str, bool]]] = {"use_vmac": ("use_vmac", True), "nopreempt": ("preempt", False)}
_WITHOUT: Final = "no "  # a remedy may be that a line goes: `no vmac_xmit_base (vrrp_instance)`
_BLOCKS: Final = {"global_defs": "global_defs", "vrrp_instance": "instance"}


def with_line(configuration: str, told: str, folder: Path) -> str:
    """Makes the folder, and returns what `--configuration` takes for it.

    `told`: the line and its block, as a remedy has it: ``use_vmac (vrrp_instance)``. Raises `UsageError` for a block
    that the lab's templates do not have, and for a configuration whose keepalived.conf is its own.
    """
    match = re.fullmatch(r"(.+) \((\w+)\)", told)
    if not match or match[2] not in _BLOCKS:
        raise UsageError(f"The lab's configurations have no place for {told!r}: valid blocks are {', '.join(_BLOCKS)}.")
    base = Path(configuration) if "/" in configuration else CONFIGURATIONS / configuration
    if list(base.rglob("keepalived.conf")):
        raise UsageError(f"{configuration} has a keepalived.conf of its own, in which no line is changed.")
    own = folder / re.sub(r"[^a-z0-9]+", "-", f"{base.name} with {match[1]}".lower()).strip("-")
    copytree(base, own, dirs_exist_ok=True)
    (own / SETTINGS).write_text("\n".join(_toml(_changed(configuration, base, match[1], _BLOCKS[match[2]]))) + "\n")
    return f"{own.parent}/{own.name}"


def _changed(configuration: str, base: Path, line: str, block: str) -> dict[str, object]:
    path = base / SETTINGS
    tables: dict[str, object] = tomllib.loads(path.read_text()) if path.exists() else {}
    vrrp = dict(tables["vrrp"]) if isinstance(tables.get("vrrp"), dict) else {}  # type: ignore[call-overload]
    return tables | {"vrrp": vrrp | _setting(Configuration.load(configuration), line, block)}


def _setting(of: Configuration, line: str, block: str) -> dict[str, object]:
    if line in _FLAGS:
        return dict([_FLAGS[line]])
    lines: tuple[str, ...] = getattr(of.settings.vrrp, block)
    keyword = line.removeprefix(_WITHOUT).split()[:1]
    others = [each for each in lines if each.split()[:1] != keyword]
    return {block: others if line.startswith(_WITHOUT) else [*others, line]}


def _toml(tables: Mapping[str, object], name: str = "") -> Iterator[str]:
    """JSON's scalars and lists of them are TOML's, too."""
    inner = {key: value for key, value in tables.items() if isinstance(value, dict)}
    if name:
        yield f"[{name}]"
    yield from (f"{json.dumps(key)} = {json.dumps(value)}" for key, value in tables.items() if key not in inner)
    for key, value in inner.items():
        yield from _toml(value, f"{name}{'.' if name else ''}{json.dumps(key)}")
