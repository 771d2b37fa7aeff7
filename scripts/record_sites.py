"""Asks keepalived and HAProxy about the sites of tests/data/sites, and keeps the answers: `record_sites.py [NAME…]`.

The rules of harness/lint are tested with these answers, without a container. Needed again if the programs of the image,
the examination or a site change.
"""

import sys
import time
from pathlib import Path

import msgspec

from harness.lab.dockerfile import BALANCER
from harness.lab.examine import examine
from harness.lab.images import ensure_images
from harness.site import pair_file

SITES = Path(__file__).parents[1] / "tests" / "data" / "sites"


def main(names: list[str]) -> None:
    ensure_images(print, wanted={BALANCER})
    for folder in sorted(each for each in SITES.iterdir() if not names or each.name in names):
        began = time.monotonic()
        answers = examine(pair_file.read(folder))
        text = msgspec.json.format(msgspec.json.encode(answers, order="sorted"), indent=1)
        (folder / "examined.json").write_bytes(text + b"\n")
        print(f"{folder.name}: {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
