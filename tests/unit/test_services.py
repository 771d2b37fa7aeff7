"""What the service agent reads: runit's status, HAProxy's answers, keepalived's words, IP counters."""

import os

import msgspec
import pytest

from harness.agents.services import counters, haproxy, keepalived, supervised
from harness.model.errors import BadValue
from harness.model.events import HaproxySample, InterfaceCounted, VrrpDump, VrrpState

STAT = """# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,rtime,req_tot,
api,FRONTEND,,,10,12,2000,800,OPEN,,790,
servers,api-1,3,4,5,6,,400,UP,12,390,
servers,BACKEND,3,4,10,12,200,800,UP,11,790,

"""


def test_show_stat_becomes_one_sample_per_proxy() -> None:
    frontend, server, _ = haproxy.samples(STAT, "lb-ext-1", 5, 9986)
    assert frontend == HaproxySample(5, "lb-ext-1", "api/FRONTEND", "OPEN", 10, 2000, 0, 790, 0, 9986)
    assert server == HaproxySample(5, "lb-ext-1", "servers/api-1", "UP", 5, 0, 3, 390, 12, 9986)


def test_the_process_limit_is_maxconn_and_no_other_maximum() -> None:
    assert haproxy.process_limit("Maxsock: 20000\nMaxconn: 9986\nHard_maxconn: 7\nMaxconnReached: 3\n") == 9986


def test_a_key_that_cannot_be_set_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(BadValue, match="maxconn frontend NAME"):
        haproxy.read(1, "shutdown frontend api")


def test_notify_fifo_lines() -> None:
    text = 'INSTANCE "external" MASTER 150\nGROUP "both" MASTER 0\nINSTANCE "external" MASTER_RX_LOWER_PRI 150'
    first, second = keepalived.states(text, "lb-ext-1", 5)
    assert first == VrrpState(5, "lb-ext-1", "external", "MASTER", 150)
    assert second.state == "MASTER_RX_LOWER_PRI"


def test_json_dump() -> None:
    raw = b'[{"data":{"iname":"external","vrid":51,"vipset":true,"state":2},"stats":{"advert_sent":4}}]'
    assert list(keepalived.dumps(raw, "lb-ext-1", 5)) == [VrrpDump(5, "lb-ext-1", "external", "MASTER", vip_set=True)]


def test_a_dump_that_is_being_written_is_torn_not_empty() -> None:
    with pytest.raises(msgspec.DecodeError):
        list(keepalived.dumps(b'[{"data":{"iname":"ext', "lb-ext-1", 5))


def test_runit_status() -> None:
    running = bytes(12) + (4242).to_bytes(4, "little") + b"\0u\0\1"
    assert supervised.parse_status(running) == supervised.Status(4242, wanted_up=True, running=True)
    down = bytes(16) + b"\0d\0\0"
    assert supervised.parse_status(down) == supervised.Status(0, wanted_up=False, running=False)


@pytest.mark.parametrize("flag, forwarding", [("1", True), ("2", False)])
def test_ip_counters(flag: str, *, forwarding: bool) -> None:
    text = f"Ip: Forwarding DefaultTTL InReceives ForwDatagrams\nIp: {flag} 64 900 17\nIcmp: InMsgs\nIcmp: 3\n"
    assert counters.counted(text, "lb-ext-2", 5) == InterfaceCounted(5, "lb-ext-2", 17, forwarding)


def test_no_process_of_this_test_would_take_a_dump() -> None:
    """Real-time signals kill whoever does not handle them: this very process, for one."""
    assert not keepalived.takes_dumps(os.getpid())
