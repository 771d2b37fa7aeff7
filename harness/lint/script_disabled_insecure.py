"""keepalived finds a check's script insecure and does without it."""

from collections.abc import Iterator

from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._programs import disabled, without
from harness.lint._rule import Found, rule


@rule("error", outage="Nothing watches HAProxy: it dies, and the VIP stays on its node, for good.", experiment="killed")
def script_disabled_insecure(pair: Pair) -> Iterator[Found]:
    """A directory of its path is a link, or a user other than root may write to the script or to a directory above it.

    keepalived 2.3 refuses a linked directory always, writable ones under enable_script_security. A notify
    script is a warning, and so is a check of an instance that has another check of HAProxy. Source:
    check_script_secure() in lib/notify.c.
    """
    yield from once(found for node in pair.nodes for found in _disabled(node))


def _disabled(node: PairNode) -> Iterator[Found]:
    for named in disabled(node, "script-disabled-insecure"):
        why, instead = _why(node, named.program)
        said = f"keepalived disables {named.what} as insecure: {why}."
        yield Found(named.place, said, instead, without(node, named))


def _why(node: PairNode, program: str) -> tuple[str, str]:
    found = node.examined.programs.get(program)
    if found is None:
        return "its program or a directory above it can be changed by others than root", "root as owner, mode 755"
    if found.linked:
        behind = f"/usr{program}" if found.linked in ("/bin", "/sbin", "/lib") else found.real
        return f"{found.linked} in {program} is a link", f'script "{behind} …"'
    if found.uid or found.mode & 0o022:
        return (
            f"{program} has mode {found.mode:04o} and owner {found.uid}",
            f"chown root {program}; chmod 755 {program}",
        )
    return f"a directory above {program} can be changed by others than root", "root as owner of it, mode 755"
