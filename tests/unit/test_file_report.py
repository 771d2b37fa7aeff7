"""Problems of files as people read them."""

from pathlib import Path

import pytest

from harness.lab.compose import topology
from harness.model.configuration import Configuration
from harness.model.file_problem import Problem, Severity
from harness.model.file_report import FilesRefused, report
from harness.model.keepalived_messages import PATH

LAB = topology()


def own(tmp_path: Path, name: str = "keepalived.conf") -> Configuration:
    (tmp_path / name).write_text("global_defs {\n}\n")
    return Configuration.load(str(tmp_path))


def problem(node: str, line: int, severity: Severity, said: str = "Unknown keyword 'x'") -> Problem:
    return Problem(node, PATH, line, severity, said, "x y")


def test_one_line_for_both_nodes(tmp_path: Path) -> None:
    """In the site's own file, whose words, and the line as it stands."""
    both = [problem(node, 2, "will not run") for node in ("lb-ext-1", "lb-ext-2")]
    with pytest.raises(FilesRefused) as refused:
        report(LAB, own(tmp_path), both, accept_changed=True)
    assert str(refused.value).splitlines() == [
        f"Configuration {tmp_path.name} would not run as it is written; nothing was started.",
        f"  {tmp_path}/keepalived.conf:2 (lb-ext-1, lb-ext-2): Unknown keyword 'x'",
        "      x y",
    ]
    assert refused.value.exit_code == 2


def test_a_lost_line_may_be_accepted(tmp_path: Path) -> None:
    """Then it is a warning."""
    lost = [problem("lb-ext-1", 2, "lost")]
    with pytest.raises(FilesRefused, match="--accept-changed goes on without those lines"):
        report(LAB, own(tmp_path), lost, accept_changed=False)
    (warning,) = report(LAB, own(tmp_path), lost, accept_changed=True)
    assert "keepalived.conf:2 (lb-ext-1): Unknown keyword 'x'" in warning


def test_what_will_not_run_is_never_accepted(tmp_path: Path) -> None:
    """And nothing then offers to accept it."""
    worse = [problem("lb-ext-1", 2, "lost"), problem("lb-ext-1", 3, "will not run", "No VIP specified")]
    with pytest.raises(FilesRefused) as refused:
        report(LAB, own(tmp_path), worse, accept_changed=False)
    assert "--accept-changed" not in str(refused.value)
    assert [each.line for each in refused.value.problems] == [2, 3]


def test_what_is_harmless_is_shown(tmp_path: Path) -> None:
    (line,) = report(LAB, own(tmp_path), [problem("lb-ext-1", 0, "harmless", "odd")], accept_changed=False)
    assert f"{tmp_path}/keepalived.conf (lb-ext-1): odd" in line


def test_a_template_s_line_is_that_of_what_the_node_gets(tmp_path: Path) -> None:
    with pytest.raises(FilesRefused, match=r"keepalived\.conf\.j2 as lb-ext-1 gets it:2 \(lb-ext-1\)"):
        report(LAB, own(tmp_path, "keepalived.conf.j2"), [problem("lb-ext-1", 2, "lost")], accept_changed=False)


def test_one_mistake_that_makes_many_lines_is_cut_short(tmp_path: Path) -> None:
    many = [problem("lb-ext-1", line, "lost") for line in range(1, 31)]
    with pytest.raises(FilesRefused, match=r"and 15 places more") as refused:
        report(LAB, own(tmp_path), many, accept_changed=False)
    assert "keepalived.conf:1 " in str(refused.value)
    assert "keepalived.conf:16 " not in str(refused.value)


def test_as_many_places_as_are_shown_are_all_shown(tmp_path: Path) -> None:
    """15: one more would be counted."""
    many = [problem("lb-ext-1", line, "lost") for line in range(1, 16)]
    with pytest.raises(FilesRefused) as refused:
        report(LAB, own(tmp_path), many, accept_changed=False)
    assert "keepalived.conf:15 " in str(refused.value)
    assert "places more" not in str(refused.value)


def test_a_file_of_the_node_s_own_is_told_by_its_path_and_without_a_line(tmp_path: Path) -> None:
    odd = Problem("lb-ext-1", "/etc/elsewhere", 0, "harmless", "odd")
    assert report(LAB, own(tmp_path), [odd, odd], accept_changed=False) == ["  /etc/elsewhere (lb-ext-1): odd"]
