"""What agents read of the machine in /proc, of several kernels; and what they tell of it, while anybody listens."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents.loop import Loop, now
from harness.agents.machine import TOLD_NS, MachineSampler, sampled
from harness.model.events import Decoder, MachineSampled, encode
from harness.model.kernel_counts import CpuTime, Reading, cpu_time, read, waited_ns
from harness.model.units import ms, s, us

LINUX_6 = """\
cpu  2864823 84498 766896 1016313 9930 0 146118 27529 0 0
cpu0 1348815 39958 375127 605148 2801 0 71973 13767 0 0
cpu1 1516008 44540 391768 411164 7129 0 74144 13761 0 0
intr 309871234 0 9 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
ctxt 702371991
btime 1795949552
processes 1212331
procs_running 4
procs_blocked 0
softirq 98241210 0 28121212 5 19121214 12 0 90121 31212122 0 19212121
"""
LINUX_2_6_9 = """\
cpu  4321 12 1833 99120 1711 24 40
cpu0 2160 6 917 49560 855 12 20
cpu1 2161 6 916 49560 856 12 20
intr 1129922 1070 0 0
"""
LINUX_2_6_11 = LINUX_2_6_9.replace("40\n", "40 9\n").replace("20\n", "20 4\n")
LINUX_2_4 = "cpu  132 7 88 4096\ncpu0 132 7 88 4096\npage 5741 1808\n"
ONE_OF_THREE_OFFLINE = "cpu  10 0 5 100 0 0 0 2 0 0\ncpu0 5 0 2 50 0 0 0 1 0 0\ncpu2 5 0 3 50 0 0 0 1 0 0\n"
SOME = "some avg10=11.45 avg60=9.21 avg300=23.88 total=13375466188\n"
FULL = "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"


def ticks(number: int) -> int:
    """proc_stat(5) counts in hundredths of a second, on every architecture of today."""
    return number * 10 * ms


@pytest.mark.parametrize(
    "stat, found",
    [
        # User, nice, system, irq and softirq are busy; idle, iowait and steal are not, guest is in user.
        (LINUX_6, CpuTime(2, ticks(2864823 + 84498 + 766896 + 146118), ticks(27529))),
        (
            LINUX_6.replace("0 0\ncpu", "900 50\ncpu"),
            CpuTime(2, ticks(2864823 + 84498 + 766896 + 146118), ticks(27529)),
        ),
        (LINUX_2_6_9, CpuTime(2, ticks(4321 + 12 + 1833 + 24 + 40), None)),
        (LINUX_2_6_11, CpuTime(2, ticks(4321 + 12 + 1833 + 24 + 40), ticks(9))),
        (LINUX_2_4, CpuTime(1, ticks(132 + 7 + 88), None)),
        (ONE_OF_THREE_OFFLINE, CpuTime(2, ticks(15), ticks(2))),
    ],
    ids=["6", "with guests", "2.6.9", "2.6.11", "2.4", "one offline"],
)
def test_cpu_time(stat: str, found: CpuTime) -> None:
    assert cpu_time(stat) == found


@pytest.mark.parametrize(
    "stat",
    [
        "",
        "cpu\ncpu0 1 2 3 4\n",
        "cpu  1 2 3\ncpu0 1 2 3\n",
        "cpu  1 2 x 4\ncpu0 1 2 x 4\n",
        "cpu  1 2 -3 4\ncpu0 1 2 -3 4\n",
        "cpu  1 2 3 4 # new\ncpu0 1 2 3 4\n",
        "cpu  1 2 3 4\n",
        "cpu0 1 2 3 4\n",
        f"cpu  {10**18} 2 3 4\ncpu0 1 2 3 4\n",
    ],
)
def test_cpu_time_in_another_shape_is_not_known(stat: str) -> None:
    assert cpu_time(stat) is None


@pytest.mark.parametrize(
    "pressure, found",
    [
        (SOME + FULL, 13375466188 * us),
        (SOME, 13375466188 * us),  # Linux 5.12 and older have no other line for CPUs
        (FULL + SOME, 13375466188 * us),
        (FULL, None),
        ("", None),
        ("some avg10=0.00\n", None),
        ("some total=-1\n", None),
        ("some subtotal=5\n", None),
        (f"some total={10**18}\n", None),
    ],
)
def test_waiting_for_a_cpu(pressure: str, found: int | None) -> None:
    assert waited_ns(pressure) == found


NUMBERS = st.integers(-1, 10**25).map(str)
LINES = st.lists(
    st.lists(st.one_of(st.sampled_from(["cpu", "cpu0", "some", "full", "total=1", ""]), NUMBERS, st.text(max_size=5)))
).map(lambda lines: "\n".join(" ".join(line) for line in lines))


@given(st.one_of(st.text(), LINES), st.one_of(st.text(), LINES.map(lambda text: text.replace("cpu", "some total="))))
def test_no_text_ends_the_agent(stat: str, pressure: str) -> None:
    cpu, waited = cpu_time(stat), waited_ns(pressure)
    assert cpu is None or (cpu.cpus > 0 and cpu.busy_ns >= 0)
    assert waited is None or waited >= 0


COUNTED = st.one_of(st.none(), st.integers(0, 10**27))
CPUS = st.one_of(st.none(), st.builds(CpuTime, st.integers(1, 10_000), st.integers(0, 10**27), COUNTED))


@given(CPUS, CPUS, COUNTED, COUNTED, st.integers(1, 3600 * s))
def test_what_is_told_can_be_written_and_is_no_more_than_there_was(
    before: CpuTime | None, after: CpuTime | None, waited: int | None, waited_then: int | None, period: int
) -> None:
    event = sampled(Reading(5, before, waited), Reading(5 + period, after, waited_then))
    if event is not None:
        assert Decoder().decode(encode(event)) == event
        whole = event.cpus * event.period_ns
        assert 0 <= event.busy_ns <= whole
        assert 0 <= (event.stolen_ns or 0) <= whole
        assert 0 <= (event.waited_ns or 0) <= event.period_ns


EARLIER = Reading(100, CpuTime(2, ticks(10), ticks(3)), 700)


@pytest.mark.parametrize(
    "later, told",
    [
        (Reading(100 + s, CpuTime(2, ticks(90), ticks(7)), 900), (2, ticks(80), ticks(4), 200)),
        (Reading(100 + s, CpuTime(2, ticks(10), ticks(3)), 700), (2, 0, 0, 0)),
        (Reading(100 + s, CpuTime(4, ticks(90), ticks(7)), 900), (4, ticks(80), ticks(4), 200)),  # two more came
        # As many ticks as there was time, and one more: they are coarse.
        (Reading(100 + s, CpuTime(2, ticks(210), ticks(203)), 700 + s), (2, 2 * s, 2 * s, s)),
        (Reading(100 + s, CpuTime(2, ticks(211), ticks(204)), 701 + s), (2, 2 * s, 2 * s, s)),
        # What ran backwards, as after a migration, is not known.
        (Reading(100 + s, CpuTime(2, ticks(90), ticks(2)), 699), (2, ticks(80), None, None)),
        (Reading(100 + s, CpuTime(2, ticks(90), None), None), (2, ticks(80), None, None)),
    ],
)
def test_what_was_counted_between_two_readings(later: Reading, told: tuple[int, int, int | None, int | None]) -> None:
    assert sampled(EARLIER, later) == MachineSampled(100 + s, s, *told)


@pytest.mark.parametrize(
    "one, other",
    [
        (EARLIER, Reading(101, None, 900)),
        (Reading(99, None, 1), EARLIER),
        (EARLIER, Reading(101, CpuTime(2, ticks(9), ticks(9)), 900)),
        (Reading(99, EARLIER.cpu._replace(stolen_ns=None), None) if EARLIER.cpu else EARLIER, Reading(100, None, None)),
    ],
)
def test_without_cpu_time_there_is_no_event(one: Reading, other: Reading) -> None:
    assert sampled(one, other) is None


def test_this_machine() -> None:
    begin = now()
    reading = read(Path("/proc"))
    assert reading.cpu is not None
    assert reading.cpu.cpus > 0 < reading.cpu.busy_ns
    assert begin <= reading.t <= now()


class Proc:
    """A folder with the two files, whose figures a test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop, self.told, self.observed = Loop(), list[MachineSampled](), True
        (folder / "pressure").mkdir()
        self.says(busy=0)
        self.sampler = MachineSampler(self.loop, self.told.append, lambda: self.observed, folder)

    def says(self, busy: int, waited: int | None = None) -> None:
        (self.folder / "stat").write_text(f"cpu  {busy} 0 0 0 0 0 0 0\ncpu0 {busy} 0 0 0 0 0 0 0\n")
        if waited is not None:
            (self.folder / "pressure" / "cpu").write_text(f"some avg10=0.00 avg60=0.00 avg300=0.00 total={waited}\n")

    def until_told(self, many: int) -> None:
        end = now() + 10 * s
        while len(self.told) < many and now() < end:
            self.loop.turn(ms)
        assert len(self.told) >= many


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    return Proc(tmp_path)


def test_a_sample_tells_what_came_since_the_last(proc: Proc) -> None:
    """Four in a second. A kernel without PSI has no such file."""
    begin = now()
    proc.sampler.begin()
    proc.says(busy=3)
    proc.until_told(1)
    proc.says(busy=5, waited=100)
    proc.until_told(2)
    proc.says(busy=5, waited=140)
    proc.until_told(3)
    assert [(each.busy_ns, each.waited_ns) for each in proc.told] == [
        (ticks(3), None), (ticks(2), None), (0, 40 * us)
    ]  # fmt: skip
    assert all(each.period_ns >= TOLD_NS == 250 * ms for each in proc.told)
    assert proc.told[0].t >= begin + TOLD_NS
    assert [b.t - a.t for a, b in zip(proc.told, proc.told[1:], strict=False)] == [
        each.period_ns for each in proc.told[1:]
    ]


def test_nothing_is_read_for_nobody_and_what_nobody_heard_does_not_count(proc: Proc) -> None:
    proc.observed = False
    proc.sampler.begin()
    proc.loop.turn(10 * s)  # the one that finds that nobody listens
    proc.says(busy=99)
    proc.observed = True
    begin = now()
    proc.sampler.begin()
    proc.sampler.begin()  # a second subscriber
    proc.says(busy=101)
    proc.until_told(1)
    (told,) = proc.told
    assert told.busy_ns == ticks(2)
    assert told.t - told.period_ns >= begin


def test_a_file_that_is_not_there_is_told_of_once_it_is(proc: Proc) -> None:
    (proc.folder / "stat").unlink()
    proc.sampler.begin()
    proc.loop.turn(10 * s)
    assert proc.told == []
    proc.says(busy=5)
    proc.loop.turn(10 * s)
    assert proc.told == []  # it does not know since when
    proc.until_told(1)
    assert proc.told[0].busy_ns == 0
