"""Programs that keepalived runs when its state changes and that stop or start HAProxy: the model does not run them."""

from collections.abc import Iterator, Mapping

from harness.lint._asks import told
from harness.lint._notified import STARTS, STOPS
from harness.model.keepalived import parse_blocks
from harness.search.follows import scripts_of


def touching_haproxy(main: str, node: str, files: Mapping[str, str]) -> Iterator[str]:
    """A sentence's end each. `main`: the text of keepalived.conf. `files`: path or name → text.

    Raises `UsageError` for a text that cannot be read.
    """
    document = parse_blocks(main, node, files)
    for block in document.all("vrrp_instance", "vrrp_sync_group"):
        for line in block.body:
            if line.words[0].startswith("notify") and _touches(" ".join(line.words[1:]), files):
                what = f"{line.words[0]}, which stops or starts HAProxy"
                yield f"{block.argument}: {what}: it is taken as doing nothing"


def _touches(command: str, files: Mapping[str, str]) -> bool:
    done = "\n".join(map(told, (command, *scripts_of(command, files))))
    return bool(STOPS.search(done) or STARTS.search(done))
