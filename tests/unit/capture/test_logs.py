"""Logs beside a capture: keepalived's states, and the status of HAProxy's answers."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.capture import Logs, read_answers, read_log, zone_of
from harness.capture.haproxy_log import status_of
from harness.capture.stamp import in_year_near
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.units import ms, s
from tests.captures import ALL, LB1, LB2, finding, june_13, takeover
from tests.frames import BEGIN, VIP, advert

AT = datetime.fromtimestamp(BEGIN / s, UTC)


@pytest.mark.parametrize(
    "line, t",
    [
        ("2023-11-14T22:13:20.250000+00:00 lb1 Keepalived_vrrp[7]: (VI_1) Entering MASTER STATE", BEGIN + 250 * ms),
        ("2023-11-14T23:13:20+01:00 lb1 Keepalived_vrrp[7]: (VI_1) Entering MASTER STATE", BEGIN),
        ("Tue Nov 14 22:13:20 2023: (VI_1) Entering MASTER STATE", BEGIN),
        ("2023-11-14T23:13:20+0100 lb1 Keepalived_vrrp[7]: (VI_1) Entering MASTER STATE", BEGIN),
        ("<30>1 2023-11-14T22:13:20.25Z lb1 Keepalived_vrrp 7 - - (VI_1) Entering MASTER STATE", BEGIN + 250 * ms),
        ("Tue 2023-11-14 22:13:20 UTC lb1 Keepalived_vrrp[7]: (VI_1) Entering MASTER STATE", BEGIN),
        ("2023-11-14 22:13:20,250 (VI_1) Entering MASTER STATE", BEGIN + 250 * ms),
        ("1700000000.250000 lb1 Keepalived_vrrp[7]: (VI_1) Entering MASTER STATE", BEGIN + 250 * ms),
        ('{"MESSAGE":"(VI_1) Entering MASTER STATE","__REALTIME_TIMESTAMP":"1700000000250000"}', BEGIN + 250 * ms),
    ],
)
def test_times_of_keepalived(tmp_path: Path, line: str, t: int) -> None:
    (tmp_path / "log").write_text(f"noise\n{line}\n(VI_1) Entering BACKUP STATE, without a time\n")
    (state,) = read_log(tmp_path / "log")
    assert (state.t, state.instance, state.state) == (t, "VI_1", "MASTER")


def test_a_log_without_a_year_has_that_of_the_capture(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("Nov 14 22:13:25 lb1 Keepalived_vrrp[7]: (VI_1) Entering FAULT STATE\n")
    judged = takeover().judge(tmp_path, logs=Logs({LB1: read_log(tmp_path / "log")}))
    told = [each for each in judged.vips[0].story if "logs FAULT" in each.what]
    assert [each.t_ns for each in told] == [BEGIN + 5 * s]


def test_a_node_that_logs_backup_and_goes_on_sending_adverts(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("2023-11-14T22:13:25Z (VI_1) Entering BACKUP STATE\n")
    judged = june_13().judge(tmp_path, logs=Logs({LB1: read_log(tmp_path / "log")}))
    assert finding(judged, "pair_agrees").violated
    other = june_13().judge(tmp_path, logs=Logs({LB2: read_log(tmp_path / "log")}))
    assert finding(other, "pair_agrees").inconclusive


def test_a_log_that_ended_before_its_node_became_master_contradicts_nothing(tmp_path: Path) -> None:
    """It was saved while the capture went on."""
    (tmp_path / "log").write_text("2023-11-14T22:13:21Z (VI_1) Entering BACKUP STATE\n")
    agrees = finding(takeover().judge(tmp_path, logs=Logs({LB2: read_log(tmp_path / "log")})), "pair_agrees")
    assert agrees.inconclusive, agrees.sentence
    assert f"the log of {LB2} from +3.062 s on" in agrees.sentence


def test_a_log_of_several_instances_does_not_tell_which_one_the_adverts_are_of(tmp_path: Path) -> None:
    lines = "2023-11-14T22:13:20Z (VI_EXT) Entering MASTER STATE\n2023-11-14T22:13:21Z (VI_INT) Entering BACKUP STATE\n"
    (tmp_path / "log").write_text(lines)
    judged = june_13().judge(tmp_path, logs=Logs({LB1: read_log(tmp_path / "log")}))
    assert finding(judged, "pair_agrees").inconclusive
    assert f"which instance in the log of {LB1} has VRID 51" in finding(judged, "pair_agrees").sentence


def test_a_log_of_one_instance_beside_the_adverts_of_two(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("2023-11-14T22:13:21Z (VI_INT) Entering BACKUP STATE\n")
    story = june_13()
    story.see(5, advert(LB1, 52, 100, "10.77.0.200", interval_ns=100 * ms), *ALL)
    judged = story.judge(tmp_path, vip=VIP, logs=Logs({LB1: read_log(tmp_path / "log")}))
    assert finding(judged, "pair_agrees").inconclusive


def test_a_log_of_a_node_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("2023-11-14T22:13:21Z (VI_1) Entering BACKUP STATE\n")
    with pytest.raises(UnknownName, match="There is no node 'typo'"):
        june_13().judge(tmp_path, logs=Logs({"typo": read_log(tmp_path / "log")}))


ENTERING = "lb1 Keepalived_vrrp[7]: (VI_1) Entering BACKUP STATE\n"
LOCAL = ("Nov 14 23:13:25 ", "Tue 2023-11-14 23:13:25 CET ", "2023-11-14 23:13:25 ", "Tue Nov 14 23:13:25 2023: ")


@pytest.mark.parametrize("stamp", LOCAL)
def test_a_log_in_local_time_is_not_taken_for_one_that_agrees(tmp_path: Path, stamp: str) -> None:
    (tmp_path / "log").write_text(stamp + ENTERING)
    agrees = finding(june_13().judge(tmp_path, logs=Logs({LB1: read_log(tmp_path / "log")})), "pair_agrees")
    assert agrees.inconclusive
    assert "does not contradict" not in agrees.sentence
    assert f"a state in the log of {LB1} at the time of the captures (its times name no zone" in agrees.sentence


@pytest.mark.parametrize("stamp", LOCAL)
@pytest.mark.parametrize("zone", ["+01:00", "+0100", "Europe/Berlin"])
def test_the_zone_of_a_log_is_told(tmp_path: Path, stamp: str, zone: str) -> None:
    (tmp_path / "log").write_text(stamp + ENTERING)
    logs = Logs({LB1: read_log(tmp_path / "log", zone_of(zone))})
    agrees = finding(june_13().judge(tmp_path, logs=logs), "pair_agrees")
    assert agrees.violated
    assert f"{LB1} logged BACKUP at +5.000 s" in agrees.sentence


def test_a_time_whose_zone_is_only_taken_for_utc_violates_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"Nov 14 22:13:25 {ENTERING}")
    agrees = finding(june_13().judge(tmp_path, logs=Logs({LB1: read_log(tmp_path / "log")})), "pair_agrees")
    assert agrees.inconclusive
    assert "the time zone of that log (--log-zone)" in agrees.sentence


@pytest.mark.parametrize("zone", ["CET+1", "+99:00", "../etc/passwd", "Europe", "+1"])
def test_what_is_no_zone(zone: str) -> None:
    with pytest.raises(BadValue, match=r"--log-zone is .*valid is a time zone"):
        zone_of(zone)


@pytest.mark.parametrize(
    "line, near, t",
    [
        ("2000-12-31T23:59:58Z", "2024-01-01T00:00:03Z", "2023-12-31T23:59:58Z"),
        ("2000-01-01T00:00:03Z", "2023-12-31T23:59:58Z", "2024-01-01T00:00:03Z"),
        ("2000-02-29T12:00:00Z", "2023-03-01T00:00:00Z", "2024-02-29T12:00:00Z"),
    ],
)
def test_the_year_of_a_line_is_the_nearest(line: str, near: str, t: str) -> None:
    when, capture, told = (int(datetime.fromisoformat(each).timestamp()) * s for each in (line, near, t))
    assert in_year_near(when, capture) == told


def test_rotated_logs_are_read(tmp_path: Path) -> None:
    (tmp_path / "k.log.1.gz").write_bytes(gzip.compress(f"2023-11-14T22:13:25Z {ENTERING}".encode()))
    assert [each.state for each in read_log(tmp_path / "k.log.1.gz")] == ["BACKUP"]
    (tmp_path / "h.log.2.gz").write_bytes(gzip.compress(lines(200).encode()))
    assert len(read_answers([tmp_path / "h.log.2.gz"])) == 238


@pytest.mark.parametrize("cut", [3, 11, 40])
def test_a_packed_log_that_is_cut_off(tmp_path: Path, cut: int) -> None:
    packed = gzip.compress(f"2023-11-14T22:13:25Z {ENTERING}".encode())
    for content in (packed[:cut], packed[:cut] + b"\0" * 40):
        (tmp_path / "log.gz").write_bytes(content)
        with pytest.raises(UsageError, match=r"cannot be unpacked: .+\.$"):
            read_log(tmp_path / "log.gz")


def test_the_bytes_of_a_tcplog_are_no_status(tmp_path: Path) -> None:
    line = "lb1 haproxy[9]: 10.88.2.2:2010 [14/Nov/2023:22:13:20.010] api servers/api-1 0/0/5007 612 -- 1/1/1/1/0 0/0\n"
    (tmp_path / "log").write_text(line)
    with pytest.raises(UsageError, match="option httplog"):
        read_answers([tmp_path / "log"])


@pytest.mark.parametrize("content", ["", "Nov 31 22:13:25 (VI_1) Entering BACKUP STATE", "\0\xff" * 99])
def test_a_log_without_states(tmp_path: Path, content: str) -> None:
    (tmp_path / "log").write_text(content)
    with pytest.raises(UsageError, match="no line"):
        read_log(tmp_path / "log")
    with pytest.raises(UsageError, match="no line"):
        read_answers([tmp_path / "log"])


def test_logs_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_log(tmp_path / "none")
    with pytest.raises(UsageError, match="cannot be read"):
        read_answers([tmp_path / "none"])


def lines(status: int, *, hours: int = 0, before: int = 200) -> str:
    """One for each connection of `takeover`, in a time zone of its own. `before`: the status until lb1 resigns."""
    found = []
    for t in [*range(10, 3_000, 50), *range(3_100, 12_000, 50)]:
        when = datetime.fromtimestamp((BEGIN + t * ms) / s + hours * 3_600, UTC)
        stamp = f"{when:%d/%b/%Y:%H:%M:%S}.{when.microsecond // 1000:03}"
        told = before if t < 3_000 else status
        found.append(
            f"lb1 haproxy[9]: 10.88.2.2:{2_000 + t} [{stamp}] api servers/api-1 0/0/1/1/2 {told} 99 - - ---- 1/1"
        )
    return "\n".join(found)


@pytest.mark.parametrize("hours", [0, 2])
def test_statuses_let_the_service_level_hold(tmp_path: Path, hours: int) -> None:
    (tmp_path / "log").write_text(lines(200, hours=hours))
    judged = takeover().judge(tmp_path, logs=Logs(answers=read_answers([tmp_path / "log"])))
    assert finding(judged, "service_level").holds, finding(judged, "service_level").sentence
    assert finding(takeover().judge(tmp_path), "service_level").inconclusive


@pytest.mark.parametrize("status", [503, -1])
def test_errors_that_haproxy_answered_are_no_service(tmp_path: Path, status: int) -> None:
    (tmp_path / "log").write_text(lines(status))
    judged = takeover().judge(tmp_path, logs=Logs(answers=read_answers([tmp_path / "log"])))
    assert finding(judged, "service_level").violated


@pytest.mark.parametrize("before, verdict", [(200, "inconclusive"), (403, "holds")])
def test_a_client_that_is_denied_all_since_the_takeover_may_not_be_served(
    tmp_path: Path, before: int, verdict: str
) -> None:
    """Else a status below 500 may be what it asked for."""
    (tmp_path / "log").write_text(lines(403, before=before))
    judged = takeover().judge(tmp_path, logs=Logs(answers=read_answers([tmp_path / "log"])))
    level = finding(judged, "service_level")
    assert level.verdict == verdict, level.sentence
    assert ("whether 10.88.2.2 is to get status 403 from +3.1" in level.sentence) == (verdict == "inconclusive")


def test_a_client_that_got_errors_before_the_failover_tells_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(lines(503, before=503))
    judged = takeover().judge(tmp_path, logs=Logs(answers=read_answers([tmp_path / "log"])))
    assert finding(judged, "service_level").inconclusive


def test_a_status_of_another_time_is_not_this_connections(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(lines(200))
    answers = read_answers([tmp_path / "log"])
    assert status_of(answers, "10.88.2.2", 2_010, BEGIN + 10 * ms) == 200
    assert status_of(answers, "10.88.2.2", 2_010, BEGIN + 10 * s) is None
    assert status_of(answers, "10.88.2.3", 2_010, BEGIN + 10 * ms) is None
