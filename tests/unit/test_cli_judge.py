"""`harness judge` from its words to its exit status."""

import json
from pathlib import Path

import pytest

from tests.captures import LB1, LB2, june_13, takeover
from tests.command_line import Cli
from tests.frames import pcap

NODES = ("--node", f"lb1={LB1}", "--node", f"lb2={LB2}", "--at", "lb1=lb1.pcap", "--at", "lb2=lb2.pcap")


def test_a_violation_is_exit_1(tmp_path: Path, cli: Cli) -> None:
    ended = cli("judge", *map(str, june_13().write(tmp_path)), *NODES)
    assert ended.code == 1
    assert ended.out.startswith("violated: ")
    assert "lb2 becomes master" in ended.out
    assert "no_stale_arp" in ended.out
    assert "clock +37.123 s" in ended.err or "clock -37.123 s" in ended.err


def test_nothing_violated_is_exit_0_and_one_point_exit_3(tmp_path: Path, cli: Cli) -> None:
    files = [str(path) for path in takeover().write(tmp_path)]
    assert cli("judge", *files, *NODES).code == 0
    assert cli("judge", files[0]).code == 3


def test_the_object_of_json(tmp_path: Path, cli: Cli) -> None:
    ended = cli("judge", *map(str, june_13().write(tmp_path)), *NODES, "--json")
    judged = json.loads(ended.out)
    assert (ended.code, judged["verdict"]) == (1, "violated")
    assert {"checks", "story", "nodes"} <= set(judged["vips"][0])
    assert [file["at"] for file in judged["files"]] == ["lb1", "lb2", ""]


def test_logs_are_read(tmp_path: Path, cli: Cli) -> None:
    files = [str(path) for path in june_13().write(tmp_path)]
    log = tmp_path / "keepalived.log"
    log.write_text("2023-11-14T22:13:25Z (VI_1) Entering BACKUP STATE\n")
    ended = cli("judge", *files, *NODES, "--keepalived-log", f"lb1={log}")
    assert "lb1's keepalived logs BACKUP (VI_1)" in ended.out


def test_several_logs_of_one_node_are_one(tmp_path: Path, cli: Cli) -> None:
    """As rotation leaves them, in any order. Without the second one lb1 would be BACKUP and advertise."""
    files = [str(path) for path in june_13().write(tmp_path)]
    for name, state in (
        ("k.log", "22:13:25.050Z (VI_1) Entering MASTER"),
        ("k.log.1", "22:13:25Z (VI_1) Entering BACKUP"),
    ):
        (tmp_path / name).write_text(f"2023-11-14T{state} STATE\n")
    logs = [option for name in ("k.log", "k.log.1") for option in ("--keepalived-log", f"lb1={tmp_path / name}")]
    ended = cli("judge", *files, *NODES, *logs)
    assert "lb1's keepalived logs BACKUP (VI_1)" in ended.out
    assert "lb1's keepalived logs MASTER (VI_1)" in ended.out
    assert "lb1 logged BACKUP" not in ended.out


@pytest.mark.parametrize(
    "options, said",
    [
        (["--at", "lb1"], "--at is 'lb1'; valid is NAME=VALUE"),
        (["--vip", "no"], "vip is 'no'; valid is an IPv4 address"),
        (["--vip", "10.1.1.1", "--node", "=1"], "--node is '=1'"),
        (["--haproxy-log", "/none"], "'/none' cannot be read"),
        (["--at", "lb9=lb1.pcap"], "There is no node 'lb9'"),
        (["--at", "lb1=lb1.pcap", "--at", "lb2=x/lb1.pcap"], "--at is 'lb2=x/lb1.pcap'; valid is one node of each"),
        (["--node", "a=10.77.0.1", "--node", "a=10.77.0.2"], "--node is 'a=10.77.0.2'; valid is one address of each"),
        (["--node", "a=10.77.0.1", "--node", "b=10.77.0.1"], "--node is 'b=10.77.0.1'; valid is one name of each"),
    ],
)
def test_wrong_requests_are_exit_2(tmp_path: Path, cli: Cli, options: list[str], said: str) -> None:
    ended = cli("judge", str(takeover().write(tmp_path, "lb1")[0]), *options)
    assert ended.code == 2
    assert said in ended.err


def test_what_is_no_capture_is_exit_2_and_an_empty_one_exit_3(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "text").write_text("text")
    assert cli("judge", str(tmp_path / "text")).code == 2
    assert cli("judge", str(pcap(tmp_path / "empty.pcap", []))).code == 3


def test_names_do_not_act(tmp_path: Path, cli: Cli) -> None:
    """Neither as markup, nor on a terminal, nor in a pipeline."""
    (path,) = takeover().write(tmp_path, "lb1")
    wild = path.rename(tmp_path / "::error::[red]\x1b[31m.pcap")
    for address in (LB1, "nowhere"):
        ended = cli("judge", str(wild), "--node", f"\x1b[2J={address}")
        assert "\x1b" not in ended.out + ended.err
        assert not any(line.startswith("::") for line in (ended.out + ended.err).splitlines())
    wild.write_text("no capture")
    assert "\x1b" not in cli("judge", str(wild)).err
