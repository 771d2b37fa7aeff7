"""keepalived's text dump: real ones of two releases, and whatever else may be in its file."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model import running_keepalived as running_
from harness.model.keepalived_dump import DumpReading, read_dump
from harness.model.units import ms, s, us
from harness.model.vrrp_instance import Tracked, UnicastPeer, VrrpAddress, VrrpInstance

DUMPS = Path(__file__).parents[1] / "data" / "dumps"
RELEASES = ("2.2.7", "2.3.3")
NAMES = ("fault", "grouped", "multicast", "unicast", "vmac")
Record = running_.RunningKeepalived | VrrpInstance | running_.Tracker | running_.SyncGroup
ALL = [(name, release) for name in NAMES for release in RELEASES]


def text_of(name: str, release: str) -> str:
    return (DUMPS / f"{name}.{release}.data").read_text()


def reading(name: str, release: str) -> DumpReading:
    return read_dump(text_of(name, release))


def instances(name: str, release: str) -> dict[str, VrrpInstance]:
    return {instance.name: instance for instance in reading(name, release).running.instances}


def records(found: DumpReading) -> list[Record]:
    running = found.running
    tracked: list[running_.Tracker] = [*running.scripts, *running.files, *running.processes, *running.bfds]
    return [running, *running.instances, *running.groups, *tracked]


@pytest.mark.parametrize("name, release", ALL)
def test_of_a_real_dump_every_line_is_understood(name: str, release: str) -> None:
    found = reading(name, release)
    assert found.missing == ()
    assert [line for record in records(found) for line in record.other] == []


@pytest.mark.parametrize("release", RELEASES)
def test_timers_and_vips_of_an_instance(release: str) -> None:
    external = instances("multicast", release)["external"]
    assert (external.vrid, external.version, external.priority, external.effective_priority) == (51, 3, 150, 150)
    assert (external.advert_int_ns, external.down_timer_adverts, external.preempt_delay_ns) == (100 * ms, 4, 5 * s)
    assert external.master_down_ns == 441_406 * us
    assert external.preempt
    assert external.higher_prio_send_advert
    assert (external.garp_master_delay_ns, external.garp_master_refresh_ns) == (1 * s, 60 * s)
    assert external.vips == (VrrpAddress("10.10.0.100", 24, "eth0"), VrrpAddress("10.10.0.101", 24, "eth0", "eth0:1"))
    assert external.excluded == (VrrpAddress("10.20.0.100", 24, "eth1"), VrrpAddress("10.20.0.101", 32, "eth0"))
    assert not external.unicast
    assert external.authentication == ""


@pytest.mark.parametrize("release", RELEASES)
def test_unicast_peers_and_what_is_tracked(release: str) -> None:
    running = reading("unicast", release).running
    (one,) = running.instances
    assert (running.router_id, one.name, one.version) == ("LB-1", "VI 1", 2)
    assert one.unicast
    assert one.unicast_peers == (UnicastPeer("10.10.0.12"), UnicastPeer("10.10.0.13", 5, 60))
    assert one.interfaces[-1] == Tracked("eth1", -20)
    assert one.scripts == (Tracked("chk", -30), Tracked("plain", 7, reverse=True))
    assert (one.priority, one.effective_priority) == (120, 113)
    assert (one.garp_lower_prio_delay_ns, one.garp_lower_prio_repeat) == (3 * s, 2)
    assert running.scripts[0] == running_.TrackScript("chk", "/usr/bin/true", 2 * s, 3 * s, -30, 2, 3, "GOOD")


@pytest.mark.parametrize("release", RELEASES)
def test_a_virtual_mac_has_a_device_of_its_own_above_the_cable(release: str) -> None:
    found = instances("vmac", release)
    six, named = found["six"], found["named"]
    assert (six.interface, six.base_interface, six.vmac) == ("vrrp.53", "eth0", True)
    assert six.vips == (VrrpAddress("10.10.0.120", 24, "vrrp.53"),)
    assert (named.interface, named.base_interface, named.version) == ("vrrp.77", "eth1", 2)
    assert not six.preempt
    assert named.preempt


@pytest.mark.parametrize("release", RELEASES)
def test_conditions_definitions_includes_and_sequences_are_resolved(release: str) -> None:
    running = reading("grouped", release).running
    found = instances("grouped", release)
    assert list(found) == ["outside", "inside", "included", "seq1", "seq2", "seq3"]
    outside = found["outside"]  # "@one priority 150", "@two priority 100", "@^one garp_master_repeat 1"
    assert (outside.vrid, outside.priority, outside.garp_master_repeat) == (55, 150, 5)
    assert outside.vips == (VrrpAddress("10.10.0.130", 24, "eth0"),)
    assert [each.sync_group for each in found.values()] == ["both", "both", "", "", "", ""]
    assert running.groups == (running_.SyncGroup("both", ("outside", "inside"), (Tracked("eth0"),)),)
    assert outside.files == ()  # keepalived drops a weighted one of a sync group
    assert found["included"].files == (Tracked("maintenance", -3),)
    assert found["included"].bfds == (Tracked("neighbour", -5),)
    assert outside.processes == (Tracked("proxy", 10),)
    assert running.files == (running_.TrackFile("maintenance", "/tmp/maintenance", -40, 0),)
    assert running.processes == (running_.TrackProcess("proxy", "haproxy", 10, 1, 0, terminate_delay_ns=2 * s),)
    assert running.bfds == (running_.TrackBfd("neighbour", 0, up=False),)
    assert found["seq3"].vrid == 93


def test_faults_are_named_or_counted() -> None:
    assert instances("fault", "2.3.3")["down"].faults == ("i/f down", "no source IP address")
    assert instances("fault", "2.2.7")["down"].faults == ("2 interface and track script faults",)
    assert instances("fault", "2.3.3")["down"].state == "FAULT"
    assert instances("fault", "2.3.3")["ipv6"].vips[1] == VrrpAddress("2001:db8::100", 64, "eth0")


def test_a_password_is_never_kept() -> None:
    text = text_of("unicast", "2.3.3")
    assert "notshown" in text
    assert b"notshown" not in msgspec.json.encode(read_dump(text))
    (one,) = read_dump(text, lambda password: password[::-1]).running.instances
    assert (one.authentication, one.password) == ("PASS", "nwohston")


def test_a_line_of_another_release_is_kept() -> None:
    text = text_of("multicast", "2.3.3").replace("   Preempt delay = 5 secs\n", "   Clouds = 3\n     one\n", 1)
    found = read_dump(text)
    assert found.complete
    assert found.running.instances[0].other == ("Clouds = 3 / one",)


@pytest.mark.parametrize(
    "written, instead, missing",
    [
        ("Virtual Router ID = 51", "", "VRRP Instance external: Object missing required field `vrid`"),
        ("Advert interval = 100 milli-sec", "Advert interval = 100", "'Advert interval = 100' is not understood"),
        ("Virtual IP (2)", "Virtual IP (3)", "'Virtual IP (3):' is not understood"),
        ("10.10.0.100/24 dev", "10.10.0.1000/24 dev", "'Virtual IP (2):' is not understood"),
        ("------< Interfaces >------", "", "the section Interfaces"),
        ("------< Global definitions >------", "", "the section Global definitions"),
    ],
)
def test_what_must_be_there_is_missed(written: str, instead: str, missing: str) -> None:
    text = text_of("multicast", "2.3.3")
    assert written in text
    assert missing in "; ".join(read_dump(text.replace(written, instead, 1)).missing)


def test_two_instances_that_run_into_one_are_no_instance() -> None:
    text = text_of("grouped", "2.3.3").replace(" VRRP Instance = inside\n", "")
    assert "outside: 'VRRP Version = 2' is not understood" in read_dump(text).missing


@settings(max_examples=300, deadline=None)
@given(chosen=st.sampled_from(ALL), share=st.floats(0, 1))
def test_a_dump_that_is_being_written_is_not_complete(chosen: tuple[str, str], share: float) -> None:
    """What is behind the section that is awaited is not read: there a cut changes nothing."""
    text = text_of(*chosen)
    cut = read_dump(text[: int(share * (len(text) - 1))])
    assert not cut.complete or cut == read_dump(text)


@settings(max_examples=300, deadline=None)
@given(chosen=st.sampled_from(ALL), data=st.data())
def test_a_mangled_line_is_missed_or_kept_or_says_nothing(chosen: tuple[str, str], data: st.DataObject) -> None:
    lines = text_of(*chosen).split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    before = lines[at]
    line = "?" + data.draw(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=20))
    lines[at] = " " * data.draw(st.integers(0, 6)) + line
    mangled, whole = read_dump("\n".join(lines)), reading(*chosen)
    encode_all(mangled)
    kept = repr(line.strip())[1:-1] in repr(mangled.running)  # a name may be any word
    assert not mangled.complete or mangled.running == whole.running or kept, before


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_read_and_none_is_complete(text: str) -> None:
    found = read_dump(text)
    encode_all(found)
    assert not found.complete


def encode_all(found: DumpReading) -> None:
    """What is read can be written: numbers are no greater than JSON's."""
    msgspec.json.encode(found)


def changed(name: str, *edits: tuple[str, str]) -> DumpReading:
    text = text_of(name, "2.3.3")
    for written, instead in edits:
        assert written in text
        text = text.replace(written, instead, 1)
    return read_dump(text)


def test_a_dump_without_an_instance_or_a_router_id() -> None:
    nothing = "".join(f"------< {name} >------\n" for name in ("Global definitions", "VRRP Topology", "Interfaces"))
    assert read_dump(nothing).missing == ("a router ID", "an instance")
    assert changed("multicast", (" Router ID =", " Router =")).missing == ("a router ID",)
    assert not read_dump(nothing).complete


def test_the_router_id_is_the_global_one() -> None:
    """A record of another section may begin alike."""
    found = changed("multicast", ("------< Interfaces >------\n", "------< Interfaces >------\n Router ID = other\n"))
    assert (found.complete, found.running) == (True, reading("multicast", "2.3.3").running)


def test_a_record_that_begins_unlike_those_of_its_section() -> None:
    found = changed("unicast", (" VRRP Script = plain", " Script = plain"))
    assert found.missing == ("VRRP Scripts: 'Script' is not understood",)


def test_a_stray_line_is_kept_where_it_is_read() -> None:
    """Of a section that is read; whatever is in another one says nothing of VRRP."""
    scripts, interfaces = "------< VRRP Scripts >------\n", "------< Interfaces >------\n"
    found = changed("unicast", (scripts, f"{scripts}stray of ours\n"), (interfaces, f"{interfaces}stray of theirs\n"))
    assert found.running.other == ("stray of ours",)


def test_a_line_that_is_not_understood_is_missed_and_kept() -> None:
    found = changed("multicast", ("Preempt delay = 5 secs", "Preempt delay = soon"))
    assert found.missing == ("external: 'Preempt delay = soon' is not understood",)
    assert found.running.instances[0].other == ("Preempt delay = soon",)


def test_of_two_passwords_neither_is_kept() -> None:
    """An instance has one: two records have run into one, and no line of them may show it."""
    password = "   Password = notshown\n"
    found = changed("unicast", (password, password * 2))
    assert found.missing == ("VI 1: 'Password = notshown' is not understood",)
    assert b"notshown" not in msgspec.json.encode(found.running)
    below = changed("unicast", (password, f"{password}     more of it\n"))
    assert below.running.instances[0].other == ()
    assert b"more of it" not in msgspec.json.encode(below.running)


@pytest.mark.parametrize(
    "line, kept",
    [
        ("Master priority = 0\n     one", ("Master priority = 0 / one",)),  # a line that had nothing below it
        ("Tracking VRRP instances :\n     one", ()),
        ("Master priority = 0", ()),
        ("Clouds = 3", ("Clouds = 3",)),
        ("Clouds :\n     one", ("Clouds : / one",)),
    ],
)
def test_which_lines_say_nothing(line: str, kept: tuple[str, ...]) -> None:
    found = changed("multicast", ("   Preempt delay = 5 secs\n", f"   {line}\n"))
    assert (found.complete, found.running.instances[0].other) == (True, kept)


def test_lists_of_several_lines_are_one_list() -> None:
    """Release 2.2 counts each kind of fault in a line of its own."""
    text = text_of("fault", "2.2.7").replace("   Priority =", "   Number of config faults = 3\n   Priority =", 1)
    faults = read_dump(text).running.instances[0].faults
    assert faults[-1] == "3 config faults"
    assert len(faults) > 1


@pytest.mark.parametrize("release", RELEASES)
def test_what_else_a_dump_tells(release: str) -> None:
    (unicast,), fault = instances("unicast", release).values(), instances("fault", release)
    assert (unicast.source, unicast.strict, unicast.accept) == ("10.10.0.11", False, True)
    assert (fault["down"].source, fault["down"].strict) == ("", True)
    assert reading("unicast", release).running.startup_delay_ns == 0
    up = read_dump(text_of("grouped", release).replace("Bfd is down", "Bfd is up"))
    assert up.running.bfds == (running_.TrackBfd("neighbour", 0, up=True),)


def test_nothing_belongs_below_a_value() -> None:
    found = changed("multicast", ("   Priority = 150\n", "   Priority = 150\n     160\n"))
    assert "external: 'Priority = 150' is not understood" in found.missing
