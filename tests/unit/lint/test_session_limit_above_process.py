"""session-limit-above-process."""

from tests.lint_pairs import SOUND, found, recorded, two

RULE = "session-limit-above-process"


def test_a_frontend_that_may_have_more_than_the_process() -> None:
    text = SOUND.replace("bind *:80", "bind *:80\n    maxconn 9000")
    assert found(RULE, two(text)) == [("warning", "haproxy.cfg:7")]


def test_sound_are_less_and_none_in_global() -> None:
    assert found(RULE, recorded("three-nodes-unicast")) == []
    assert found(RULE, two(SOUND.replace("maxconn 8000", "").replace("mode http", "maxconn 9000"))) == []
