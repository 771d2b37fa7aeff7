"""What ``tcp-check`` sends, and answers that its ``expect`` lines accept. HAProxy's manual, 4.2."""

import re
from typing import Final

from harness.site.check_rules import CannotStandIn, CheckConnection
from harness.site.expectation import Expectation, accepted_text, expectation
from harness.site.haproxy_text import HaproxyLine
from harness.site.stand_in import Dialogue, Exchange

_REQUEST: Final = re.compile(rb"[A-Z]{3,10} \S+ HTTP/1\.[01]")
_RESPONSES: Final = tuple(
    f"HTTP/1.{minor} 200 OK\r\nServer: stand-in\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok" for minor in "10"
)


def dialogue(connection: CheckConnection) -> Dialogue:
    """Empty if nothing is expected: then any server that listens will do. Raises `CannotStandIn`."""
    talk = _Talk()
    for rule in connection.rules:
        if rule.word(1).startswith("send"):
            talk.send(rule)
        elif rule.word(1) == "expect" and (found := expectation(rule)):
            talk.expect(rule, found)
    return talk.finish()


class _Talk:
    """Collects what is sent before each answer, and what is expected of it."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._hear: bytes | None = b""
        self._expected: list[Expectation] = []
        self._line: HaproxyLine | None = None

    def send(self, rule: HaproxyLine) -> None:
        if self._expected:
            self._end()
        sent = _sent(rule)
        self._hear = None if sent is None or self._hear is None else self._hear + sent

    def expect(self, rule: HaproxyLine, found: Expectation) -> None:
        self._line = self._line or rule
        self._expected.append(found)

    def finish(self) -> Dialogue:
        if self._expected:
            self._end()
        elif self._exchanges and self._hear != b"":
            self._exchanges.append(Exchange(self._hear, b""))
        return tuple(self._exchanges)

    def _end(self) -> None:
        assert self._line
        usual = _RESPONSES if self._hear and _REQUEST.match(self._hear) else ()
        try:
            said = accepted_text(self._expected, usual)
        except ValueError as error:
            raise CannotStandIn(self._line, str(error)) from error
        self._exchanges.append(Exchange(self._hear, said.encode("latin-1", "replace")))
        self._hear, self._expected, self._line = b"", [], None


def _sent(rule: HaproxyLine) -> bytes | None:
    """None if it is computed when the check runs."""
    if rule.word(1) == "send":
        return rule.word(2).encode("latin-1", "replace")
    if rule.word(1) == "send-binary" and re.fullmatch(r"([0-9A-Fa-f]{2})+", rule.word(2)):
        return bytes.fromhex(rule.word(2))
    return None
