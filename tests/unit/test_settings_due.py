"""When a keepalived is asked for its text dump."""

from harness.agents.services.keepalived import reports
from harness.agents.services.keepalived.settings_due import MOST_ASKED, SETTLED_NS, UNANSWERED_NS, Reading, SettingsDue
from harness.model.units import ms, s

FIRST, RELOADED, RESTARTED = Reading(7, 1_000), Reading(7, 2_000), Reading(9, 3_000)


def due_at(due: SettingsDue, found: Reading, begin: int, end: int) -> list[int]:
    """Instants at which it was asked, looked at every 250 ms; nothing answers."""
    asked = []
    for t in range(begin, end, 250 * ms):
        due.look(found, t)
        if due.at(t):
            due.ask(t)
            asked.append(t)
    return asked


def test_a_process_is_asked_once_it_has_settled_and_no_more_when_it_told() -> None:
    due = SettingsDue()
    assert due_at(due, FIRST, 0, SETTLED_NS + 1) == [SETTLED_NS]
    assert due.tell() == "start"
    assert due_at(due, FIRST, 2 * s, 60 * s) == []


def test_each_reading_of_its_files_and_each_process_is_asked_for_anew() -> None:
    due = SettingsDue()
    due_at(due, FIRST, 0, SETTLED_NS + 1)
    due.tell()
    assert due_at(due, RELOADED, 5 * s, 6 * s + 1) == [6 * s]
    assert due.tell() == "reload"
    assert due_at(due, RESTARTED, 8 * s, 9 * s + 1) == [9 * s]
    assert due.tell() == "start"
    assert due.pid == 9


def test_a_dump_that_is_awaited_does_not_count_for_a_later_reload() -> None:
    due = SettingsDue()
    due_at(due, FIRST, 0, SETTLED_NS + 1)
    assert due.waits(SETTLED_NS + 10 * ms)
    due.look(RELOADED, SETTLED_NS + 20 * ms)
    assert not due.waits(SETTLED_NS + 30 * ms)


def test_one_that_does_not_answer_is_asked_again_and_not_for_ever() -> None:
    due = SettingsDue()
    asked = due_at(due, FIRST, 0, 60 * s)
    assert asked == [SETTLED_NS + n * UNANSWERED_NS for n in range(MOST_ASKED)]
    assert due.given_up
    due.look(RELOADED, 61 * s)
    assert not due.given_up


def test_no_process_is_not_asked() -> None:
    assert due_at(SettingsDue(), Reading(0, 0), 0, 10 * s) == []


def test_equal_passwords_have_one_mark_which_tells_nothing_of_them() -> None:
    one, same, other = (reports.marked(word) for word in ("secret", "secret", "secrets"))
    assert one == same != other
    assert "secret" not in other
    assert one.split(".")[0] == other.split(".")[0]


def test_a_process_without_a_copy_of_its_files_has_never_read_them() -> None:
    assert reports.read_files_ns(1 << 30) == 0
