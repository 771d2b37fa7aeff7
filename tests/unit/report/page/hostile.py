"""Runs of which every text is hostile, and what a page consists of."""

import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import msgspec

DATA: Final = Path(__file__).parents[3] / "data"
EVIL: Final = "</script><img src=x onerror=alert(1)>\u2028\u202e\x1b[31m&\"'`${1}<!--]]>"


def hostile(value: Any) -> Any:
    """Every sentence of a JSON document with something that would act; names of fields and short words stay."""
    match value:
        case dict():
            return {key: hostile(each) for key, each in value.items()}
        case list():
            return [hostile(each) for each in value]
        case str() if " " in value and not value.startswith("not applicable"):
            return f"{value}{EVIL}"
        case _:
            return value


def hostile_run(recording: str, folder: Path) -> Path:
    """A recording whose outcome, header, versions and configuration say evil things."""
    run = folder / recording
    shutil.copytree(DATA / recording, run)
    outcome = hostile(msgspec.json.decode((run / "outcome.json").read_bytes()))
    for test in outcome["tests"]:
        test["name"] += EVIL
        for step in (step for trial in test["trials"] for step in trial["steps"]):
            step["vantages"] = {f"{name}{EVIL}": seen for name, seen in step["vantages"].items()}
            step["arp"] = {f"{name}{EVIL}": node and f"{node}{EVIL}" for name, node in step["arp"].items()}
            for finding in step["checks"]:
                for instant in finding["instants"]:
                    instant["what"] += EVIL
    (run / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    header = msgspec.json.decode((run / "run.json").read_bytes())
    header |= {"run": f"x{EVIL}", "versions": {f"v{EVIL}": EVIL}, "parameters": {f"p{EVIL}": EVIL}}
    (run / "run.json").write_bytes(msgspec.json.encode(header))
    for file in (run / "configuration").glob("*/*/*.cfg"):
        file.write_text(f"{file.read_text()}# {EVIL}\n")
    (run / "logs").mkdir()
    return run


class Page(HTMLParser):
    """The tags of a page, what its scripts and its text say, and every attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str] = []
        self.words = ""
        self._inside: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "img", "input", "path", "circle", "br"}:
            self._inside.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._inside[-1:] == ["script"]:
            self.scripts[-1] += data
        elif self._inside[-1:] != ["style"]:
            self.words += data
