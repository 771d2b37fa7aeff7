"""Debian's Chromium without a window and without a network, spoken to over a pipe in its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/: JSON messages, each ended by a NUL byte, on descriptors 3 and 4.
"""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-precise-memory-info",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-dev-shm-usage",
)  # fmt: skip

# The pipes get the numbers that Chromium expects; first they move out of each other's way.
_PLACE: Final = """import fcntl, os, sys
ends = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
os.dup2(ends[0], 3); os.dup2(ends[1], 4); os.execv(sys.argv[3], sys.argv[3:])"""

Answer = dict[str, Any]


class PageError(AssertionError):
    """What a script of ours, sent to the page, raised there."""


class Tab:
    """One page. `console`: each message, exception and violation of the content policy. `requested`: each address."""

    def __init__(self, inward: int, outward: int) -> None:
        self._inward, self._outward = inward, outward
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.console: list[str] = []
        self.requested: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> Answer:
        """Raises `PageError` for a request that the browser refuses."""
        self._number += 1
        message: Answer = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._outward, msgspec.json.encode(message) + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise PageError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def open(self, page: Path) -> None:
        """Returns when the page has drawn its timeline (or 20 s later)."""
        self.console.clear()
        self.requested.clear()
        self.ask("Page.navigate", url=page.resolve().as_uri())
        self.run("new Promise((done) => { let n = 0; const look = () => document.readyState === 'complete' && "
                 "(performance.getEntriesByName('drawn').length || !document.querySelector('#stage') || ++n > 400) "
                 "? done() : setTimeout(look, 50); look(); })")  # fmt: skip

    def run(self, script: str) -> Any:
        """The value of an expression, awaited. Raises `PageError`."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PageError(msgspec.json.encode(answer["exceptionDetails"]).decode())
        return answer["result"].get("value")

    def looks(self, theme: str, width: int, height: int = 900) -> None:
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        mobile = width < 500
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )  # fmt: skip

    def shot(self, path: Path, most: int = 2600) -> None:
        """Of the whole page, at most so many pixels of it."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": 1}
        picture = self.ask("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(picture["data"]))

    def _next(self) -> Answer:
        while b"\0" not in self._buffer:
            piece = os.read(self._inward, 1 << 20)
            if not piece:
                raise PageError("the browser ended")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: Answer = msgspec.json.decode(message)
        self._note(answer.get("method", ""), answer.get("params", {}))
        return answer

    def _note(self, method: str, told: Answer) -> None:
        if method in {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}:
            self.console.append(msgspec.json.encode(told).decode())
        elif method == "Network.requestWillBeSent":
            self.requested.append(told["request"]["url"][:200])


@contextmanager
def browser(profile: Path) -> Iterator[Tab]:
    """`profile`: an empty folder of its own."""
    assert CHROMIUM
    to_us, from_it = os.pipe()
    to_it, from_us = os.pipe()
    placed = [sys.executable, "-c", _PLACE, str(to_it), str(from_it)]
    command = [*placed, CHROMIUM, *_FLAGS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(command, pass_fds=(to_it, from_it), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    os.close(to_it)
    os.close(from_it)
    try:
        yield Tab(to_us, from_us)
    finally:
        os.close(from_us)
        os.close(to_us)
        process.terminate()
        process.wait(timeout=20)
