"""What each link of a call costs: API alone, with its database, through the balancers; and Toxiproxy before MariaDB.

As ratios of throughput, measured in turn in one run: the machine's speed and other load affect both sides of a ratio.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import docker

from harness.bench import closed_loop
from harness.bench.figures import Figure, sampled
from harness.bench.part import Bench, Part
from harness.bench.temporary_lab import temporary_lab
from harness.lab import compose
from harness.lab.exec import find_container
from harness.model.errors import NotMeasured
from locustfiles.credentials import token

SECONDS: Final = 3
CONNECTIONS: Final = 32
PROXIED, DIRECT = 3306, 3307  # of the host db-1: Toxiproxy, and MariaDB behind it
QUERIES: Final = 5_000
KEY, SECRET = token(1).split(".")
HOT: Final = (  # the API's, as it is with the index forced (compose/api/tokens.py)
    "SELECT t.id, t.account_id, t.scopes FROM credential c JOIN token t FORCE INDEX (ix_bucket)"  # noqa: S608 - of constants
    " ON t.bucket = c.bucket AND t.client_id = c.client_id"
    f" WHERE c.api_key = '{KEY}' AND c.enabled = 1 AND t.secret = UNHEX('{SECRET}') AND t.revoked = 0"
)


class Round(NamedTuple):
    """Answers per second: of /health and /me at one API, of /me at the VIP, of the query by and past Toxiproxy."""

    health: float
    alone: float
    chain: float
    proxied: float
    direct: float


def measure(bench: Bench) -> Iterator[Figure]:
    with temporary_lab(bench.lab, "databases"):
        client = docker.from_env()
        rounds = [_round(client, bench.lab) for _ in range(bench.count)]
    yield from figures(rounds)


def figures(rounds: Sequence[Round]) -> Iterator[Figure]:
    chain = "one API, token authentication by the database"
    yield sampled("one API, /health", "req/s", [each.health for each in rounds])
    yield sampled(chain, "req/s", [each.alone for each in rounds])
    yield sampled("– over /health", "", [each.alone / each.health for each in rounds])
    yield sampled("the whole chain: balancers, two APIs, databases", "req/s", [each.chain for each in rounds])
    yield sampled("– over one API asked directly", "", [each.chain / each.alone for each in rounds])
    yield sampled("the query alone, at MariaDB", "queries/s", [each.direct for each in rounds])
    yield sampled("– through Toxiproxy, over that", "", [each.proxied / each.direct for each in rounds])


def _round(client: docker.DockerClient, lab: str) -> Round:
    return Round(
        _http(client, lab, "api-1", "http://127.0.0.1:8000/health"),
        _http(client, lab, "api-1", "http://127.0.0.1:8000/me"),
        _http(client, lab, "customer-1", f"http://{compose.topology().virtual_router().first.address}:80/me"),
        _query(client, lab, PROXIED),
        _query(client, lab, DIRECT),
    )


def _http(client: docker.DockerClient, lab: str, node: str, url: str) -> float:
    script = Path(closed_loop.__file__).read_text()
    command = ["python3", "-c", script, url, token(1), str(CONNECTIONS), str(SECONDS)]
    return float(_run(client, lab, node, command))


def _query(client: docker.DockerClient, lab: str, port: int) -> float:
    """By mariadb-slap(1), whose CSV has the average of all its runs in seconds as third field."""
    server = ["--host=127.0.0.1", f"--port={port}", "--user=api", "--password=api"]
    work = ["--create-schema=lab", f"--query={HOT}", "--concurrency=16", f"--number-of-queries={QUERIES}", "--csv"]
    row = next(csv.reader(_run(client, lab, "db-1", ["mariadb-slap", *server, *work]).splitlines()))
    return QUERIES / float(row[2])


def _run(client: docker.DockerClient, lab: str, node: str, command: list[str]) -> str:
    """Standard output. Raises `NotMeasured` with its last output."""
    done = find_container(client, lab, node).exec_run(command)
    assert isinstance(done.output, bytes)  # always, unless a stream was asked for
    output = done.output.decode(errors="replace")
    if done.exit_code:
        raise NotMeasured(f"{command[0]} in {node} ended with {done.exit_code}: {output[-300:]}")
    return output


PART = Part("what each link of a call costs (count: rounds)", 5, lambda count: 40 + count * 14, measure)
