"""The sites of tests/data/sites as pairs, with the recorded answers of keepalived and HAProxy."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from harness import lint
from harness.lint import Pair
from harness.site import pair_file
from harness.site.examined import Examined

FOLDER: Final = Path(__file__).parent / "data" / "sites"
SITES: Final = sorted(each.name for each in FOLDER.iterdir())


@cache
def recorded(name: str) -> Pair:
    answers = msgspec.json.decode((FOLDER / name / "examined.json").read_bytes(), type=dict[str, Examined])
    return lint.pair(pair_file.read(FOLDER / name), answers)


@cache
def expected(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name / "expect.toml").read_text())
