"""What ``option httpchk`` asks, and answers that its ``http-check expect`` lines accept. HAProxy's manual, 4.2."""

from collections.abc import Iterable, Iterator
from typing import Final

from harness.site.check_rules import CannotStandIn, CheckConnection
from harness.site.expectation import Expectation, accepted_status, accepted_text, expectation
from harness.site.haproxy_text import HaproxyLine
from harness.site.stand_in import HttpAnswer

_STATUS: Final = ("status", "rstatus")
_HEADER: Final = ("hdr", "fhdr")
_DEFAULT_METHOD: Final = "OPTIONS"


def http_answers(option: HaproxyLine, connection: CheckConnection) -> tuple[HttpAnswer, ...]:
    """One for each request; none where the usual 200 will do. `option`: the line ``option httpchk``.

    Raises `CannotStandIn`.
    """
    return tuple(
        _answer(method, path, expected) for method, path, expected in _requests(option, connection.rules) if expected
    )


def _requests(
    option: HaproxyLine, rules: Iterable[HaproxyLine]
) -> Iterator[tuple[str, str, list[tuple[HaproxyLine, Expectation]]]]:
    """(method, path, what is expected of the answer)."""
    method, path = _of_option(option)
    expected: list[tuple[HaproxyLine, Expectation]] = []
    for rule in rules:
        if rule.word(1) == "send":
            if expected:
                yield method, path, expected
                method, path = _of_option(option)
            expected = []
            method = rule.after("meth") or method
            path = "" if "uri-lf" in rule.words else rule.after("uri") or path
        elif rule.word(1) == "expect" and (found := expectation(rule)):
            expected.append((rule, found))
    yield method, path, expected


def _of_option(option: HaproxyLine) -> tuple[str, str]:
    """``option httpchk``, ``… URI``, ``… METHOD URI [VERSION]``."""
    words = option.words[2:]
    if len(words) > 1:
        return words[0], words[1]
    return _DEFAULT_METHOD, words[0] if words else "/"


def _answer(method: str, path: str, expected: list[tuple[HaproxyLine, Expectation]]) -> HttpAnswer:
    line = expected[0][0]
    try:
        wanted = [each for _, each in expected]
        status = accepted_status(each for each in wanted if each.kind in _STATUS)
        headers = tuple(each.header() for each in wanted if each.kind in _HEADER and not each.negative)
        texts = [each for each in wanted if each.kind not in (*_STATUS, *_HEADER)]
        body = accepted_text(texts) if texts else ""
    except ValueError as error:
        raise CannotStandIn(line, str(error)) from error
    return HttpAnswer(method, path, status, headers, body)
