"""Renders the configuration `default` for every node into DIRECTORY/NODE/…, at build time: render.py DIRECTORY."""

import sys
from pathlib import Path

from harness.model import composition
from harness.model.configuration import Configuration


def main(directory: Path) -> None:
    topology = composition.topology(Path("compose"))
    default = Configuration.load("default")
    for node in topology.nodes:
        for path, text in default.render(topology, node).items():
            target = directory / node / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
