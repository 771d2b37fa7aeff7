"""All sessions of one flood: opened in turn, held, and opened anew when they end."""

import heapq
import resource
import select
import time
from itertools import count
from typing import Final

from harness.model.ops import Flood
from harness.model.units import ms, s
from locustfiles.flood_messages import messages
from locustfiles.flood_session import Session, State
from locustfiles.flood_tally import Tally

AGAIN_NS: Final = 250 * ms  # after a session failed or was closed: a server may refuse all of them at once
SPARE_FILES: Final = 32  # of the generator's own
AT_ONCE: Final = 64  # acts in one turn; then the sockets are read
now = time.monotonic_ns


class Crowd:
    """One thread: `turn` does what is due and reads what has come, until the flood is no longer `held`.

    `holder`: a descriptor that becomes readable when the flood is to end.
    """

    def __init__(self, flood: Flood, holder: int) -> None:
        self.wanted = min(flood.sessions, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES)
        self.tally = Tally(flood, self.wanted)
        self.held = True
        host, _, port = flood.target.partition(":")
        self._address = host, int(port)
        self._messages = messages(flood, self.wanted)
        self._holder = holder
        self._epoll = select.epoll()
        self._epoll.register(holder, select.EPOLLIN)
        self._sessions: dict[int, Session] = {}  # descriptor → a session that is connecting or open
        self._order = count()
        self._agenda: list[tuple[int, int, Session]] = []
        begin = now()
        for number in range(self.wanted):
            self._plan(Session(number), begin + round(number * s / flood.ramp_hz))

    def turn(self, until: int) -> None:
        """Does what is due, then waits for a socket, until `until` (ns) at the latest."""
        self._act()
        due = min(until, self._agenda[0][0]) if self._agenda else until
        for descriptor, _ in self._epoll.poll(max(0, due - now()) / s):
            if descriptor == self._holder:
                self.held = False
            else:
                self._ready(self._sessions[descriptor])

    def close(self) -> None:
        """Ends every session."""
        self._agenda.clear()
        for session in list(self._sessions.values()):
            self._end(session)
        self._epoll.close()

    def _act(self) -> None:
        for _ in range(AT_ONCE):
            if not self._agenda or self._agenda[0][0] > now():
                return
            due, _, session = heapq.heappop(self._agenda)
            if due == session.due:  # else it has ended since, and has a new entry
                self._next(session)

    def _next(self, session: Session) -> None:
        try:
            if session.state is State.waiting:
                self._connect(session)
            else:
                self._send_again(session)
        except OSError as error:
            self._failed(session, error)

    def _ready(self, session: Session) -> None:
        try:
            if session.state is State.connecting:
                self._establish(session)
            elif session.receive():
                self._answered(session)
        except (OSError, EOFError) as error:
            self._failed(session, error)

    def _connect(self, session: Session) -> None:
        session.connect(self._address)
        self._sessions[session.descriptor] = session
        self._epoll.register(session.descriptor, select.EPOLLOUT)
        self.tally.moved(session, State.connecting)

    def _establish(self, session: Session) -> None:
        """Spreads the second messages over the period: else all sessions would send at once, again and again."""
        session.establish()
        self._epoll.modify(session.descriptor, select.EPOLLIN)
        self.tally.moved(session, State.open)
        session.send(self._messages.first)
        session.sent_ns = now() - self._messages.every_ns * (self.wanted - session.number) // self.wanted
        self._sent(session, requests=1)

    def _send_again(self, session: Session) -> None:
        session.send(self._messages.again)
        session.sent_ns = now()
        self._sent(session, requests=int(self._messages.awaits_answer))

    def _sent(self, session: Session, requests: int) -> None:
        self.tally.requests += requests
        if not self._messages.awaits_answer:
            self._plan_next(session)

    def _answered(self, session: Session) -> None:
        self.tally.answers += 1
        if self._messages.awaits_answer:
            self._plan_next(session)

    def _failed(self, session: Session, error: OSError | EOFError) -> None:
        self.tally.failed(error)
        if session.state is not State.waiting:
            self._end(session)
        self._plan(session, now() + AGAIN_NS)

    def _end(self, session: Session) -> None:
        del self._sessions[session.descriptor]
        session.reset()
        self.tally.moved(session, State.waiting)

    def _plan_next(self, session: Session) -> None:
        if self._messages.every_ns:
            self._plan(session, max(now(), session.sent_ns + self._messages.every_ns))

    def _plan(self, session: Session, due: int) -> None:
        session.due = due
        heapq.heappush(self._agenda, (due, next(self._order), session))
