"""In a container: stand-ins beside the HAProxy that asks them. Prints what HAProxy says, as one line of JSON.

Standard input, one line of JSON: `vips` that HAProxy binds to, `requests` that are sent to it once all is up.
"""

import contextlib
import csv
import io
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

SOCKET = Path("/run/haproxy/harness.sock")
LOGS = Path("/run/stand-ins.log"), Path("/run/haproxy.log")
PATIENCE_S = 20
SETTLED_S = 4  # two checks of each server


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    commands = [f"address add {vip}/32 dev lo" for vip in asked["vips"]]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(["link set lo up", *commands]), text=True, check=True)
    SOCKET.parent.mkdir(exist_ok=True)
    stand_ins = start(LOGS[0], "python3", "-m", "stand_in")
    while b"stands for" not in LOGS[0].read_bytes():
        assert stand_ins.poll() is None, LOGS[0].read_bytes()
        time.sleep(0.05)
    start(LOGS[1], "haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/usr/share/harness/own.cfg")
    servers = settled(asked["beside"])
    answers = [answer(each["port"], each["send"].encode()) for each in asked["requests"]]
    log = (LOGS[0].read_bytes() + LOGS[1].read_bytes()).decode(errors="replace")
    print(json.dumps({"servers": servers, "answers": answers, "log": log}))


def start(log: Path, *argv: str) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        return subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def settled(beside: int) -> dict[str, list[str]]:
    """backend/server → its status and that of its last check, once all but `beside` are up, or after the time."""
    began = time.monotonic()
    while True:
        time.sleep(0.2)
        now = time.monotonic() - began
        rows = status()
        down = [row for row in rows.values() if not good(*row)]
        if now > PATIENCE_S or (rows and now > SETTLED_S and len(down) <= beside):
            return rows


def good(status: str, check: str) -> bool:
    return status == "no check" or (status == "UP" and (not check or check.endswith("OK")))


def status() -> dict[str, list[str]]:
    """Empty as long as HAProxy does not listen."""
    with socket.socket(socket.AF_UNIX) as asked:
        if asked.connect_ex(str(SOCKET)):
            return {}
        asked.sendall(b"show stat\n")
        text = b"".join(iter(lambda: asked.recv(65536), b"")).decode()
    rows = csv.DictReader(io.StringIO(text.removeprefix("# ")))
    servers = (row for row in rows if row["svname"] not in ("FRONTEND", "BACKEND"))
    return {f"{row['pxname']}/{row['svname']}": [row["status"], row["check_status"].lstrip("* ")] for row in servers}


def answer(port: int, sent: bytes) -> str:
    """What comes within a second of silence, or until the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as asked:
        asked.sendall(sent)
        got = b""
        with contextlib.suppress(TimeoutError):  # silence ends the answer
            while piece := asked.recv(65536):
                got += piece
    return got.decode("latin-1")


if __name__ == "__main__":
    main()
