"""Renders the configuration `default` for every node into DIRECTORY/NODE/…, at build time: render.py DIRECTORY."""

import sys
from pathlib import Path

import yaml

from harness.model.configuration import Configuration
from harness.model.topology import Topology


def main(directory: Path) -> None:
    topology = Topology.from_compose(yaml.safe_load(Path("compose/compose.yaml").read_text()))
    default = Configuration.load("default")
    for node in topology.nodes:
        for path, text in default.render(topology, node).items():
            target = directory / node / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
