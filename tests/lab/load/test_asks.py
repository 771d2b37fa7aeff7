"""Vantage points that ask a site's frontends, by workers that Locust has made cooperative: TLS too."""

from pathlib import Path

import pytest

from harness.lab.load import LoadControl
from harness.model.load import StreamSetting
from harness.model.requests import Outcome, Stream
from harness.model.units import ms
from tests.frontend import ANSWER, Frontend, Http, Serve, Tls, context, echo, silent
from tests.lab.load.rig import COMPOSE, VANTAGES, Records, Rig, run_for

SITE, DATABASE = VANTAGES
STREAMS = (Stream.probe, Stream.connected, Stream.background, Stream.health)


@pytest.fixture(scope="module")
def compose() -> str:
    site = 'asks: "https://www.example.com/ready", expects: 401'
    asking = COMPOSE.replace("cache: customer-1}", f"cache: customer-1, {site}}}")
    return asking.replace("cache: customer-2}", 'cache: customer-2, asks: "tcp://db.example.com:3306"}')


def records(rig: Rig, control: LoadControl, vantage: str, stream: Stream, serve: Serve) -> Records:
    """Of 0.5 s at 40 a second."""
    with Frontend(serve) as frontend:
        setting = StreamSetting(rate_hz=40, read_timeout_ns=500 * ms, target=f":{frontend.port}")
        found = run_for(rig, control, stream, setting, 0.5, vantage=vantage)
    assert len(found) >= (1 if serve is silent else 5)
    return found


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_site_is_asked_by_https(rig: Rig, control: LoadControl, stream: Stream, tmp_path: Path) -> None:
    http = Http(ANSWER.replace(b"200", b"401"))
    tls = Tls(context(tmp_path), http)
    found = records(rig, control, SITE, stream, tls)
    assert (set(found["outcome"]), set(found["status"])) == ({Outcome.ok}, {401})
    assert (set(found["balancer"]), set(found["api"])) == ({2}, {1})
    assert {asked.partition("User-Agent")[0] for asked in http.asked} == {
        "GET /ready HTTP/1.1\r\nHost: www.example.com\r\n"
    }
    assert tls.names == ["www.example.com"] * (1 if stream == Stream.connected else len(found))


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
@pytest.mark.parametrize("serve, outcome", [(echo, Outcome.ok), (silent, Outcome.read_timeout)])
def test_a_database_is_asked_by_a_line(
    rig: Rig, control: LoadControl, stream: Stream, serve: Serve, outcome: Outcome
) -> None:
    found = records(rig, control, DATABASE, stream, serve)
    assert (set(found["outcome"]), set(found["status"]), set(found["balancer"])) == ({outcome}, {0}, {0})


def test_a_frontend_of_another_kind_does_not_serve(rig: Rig, control: LoadControl) -> None:
    found = records(rig, control, SITE, Stream.probe, Http())
    assert (set(found["outcome"]), set(found["status"])) == ({Outcome.http_error}, {0})
