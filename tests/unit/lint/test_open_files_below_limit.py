"""open-files-below-limit."""

from tests.lint_pairs import SOUND, found, recorded, two

RULE = "open-files-below-limit"


def test_two_open_files_for_each_session() -> None:
    assert found(RULE, two(needs_nofile=15_999)) == [("warning", "haproxy.cfg:2")]
    assert found(RULE, two(needs_nofile=16_000)) == []


def test_sound_are_enough_and_what_the_site_does_not_say() -> None:
    assert found(RULE, two()) == []
    assert found(RULE, recorded("press-include")) == []


def test_ulimit_n_of_the_file_itself() -> None:
    assert found(RULE, two(SOUND.replace("8000", "8000\n    ulimit-n 1024"))) == [("warning", "haproxy.cfg:3")]
    assert found(RULE, two(SOUND.replace("8000", "8000\n    ulimit-n 16100"))) == []
    assert found(RULE, two(SOUND.replace("    maxconn 8000", "    ulimit-n 1024"))) == []  # maxconn follows from it
