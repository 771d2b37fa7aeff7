"""Logs beside a capture: keepalived's states, and the status of HAProxy's answers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.capture import Logs, read_answers, read_log
from harness.capture.haproxy_log import status_of
from harness.model.errors import UnknownName, UsageError
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
