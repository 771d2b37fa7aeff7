"""All sessions of one flood: opened in turn, held, and opened anew when they end."""

import heapq
import resource
import select
import time
from itertools import count
from typing import Final

from harness.model.ops import Flood
from harness.model.units import ms, s
from locustfiles.flood_session import Session, State
from locustfiles.flood_speech import speech
from locustfiles.flood_tally import Tally

AGAIN_NS: Final = 250 * ms  # after a session failed or was closed: whoever refuses all must not make us spin
SPARE_FILES: Final = 32  # of the generator's own
AT_ONCE: Final = 64  # acts in one turn: between them the network is heard
now = time.monotonic_ns


class Crowd:
    """One thread: `turn` does what is due and hears what came, for as long as it is `held`.

    `holder`: a descriptor that becomes readable when the flood is to end.
    """

    def __init__(self, flood: Flood, holder: int) -> None:
        self.wanted = min(flood.sessions, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES)
        self.tally = Tally(flood, self.wanted)
        self.held = True
        host, _, port = flood.target.partition(":")
        self._address = host, int(port)
        self._speech = speech(flood, self.wanted)
        self._holder = holder
        self._epoll = select.epoll()
        self._epoll.register(holder, select.EPOLLIN)
        self._sessions: dict[int, Session] = {}  # descriptor → who is connecting or open
        self._order = count()
        self._agenda: list[tuple[int, int, Session]] = []
        begin = now()
        for number in range(self.wanted):
            self._plan(Session(number), begin + round(number * s / flood.ramp_hz))

    def turn(self, until: int) -> None:
        """Until something happens, `until` (ns) at the latest."""
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
            if due == session.due:  # else it ended since, and has other plans
                self._next(session)

    def _next(self, session: Session) -> None:
        try:
            if session.state is State.waiting:
                self._connect(session)
            else:
                self._speak(session)
        except OSError as error:
            self._failed(session, error)

    def _ready(self, session: Session) -> None:
        try:
            if session.state is State.connecting:
                self._establish(session)
            elif session.hear():
                self._answered(session)
        except (OSError, EOFError) as error:
            self._failed(session, error)

    def _connect(self, session: Session) -> None:
        session.connect(self._address)
        self._sessions[session.descriptor] = session
        self._epoll.register(session.descriptor, select.EPOLLOUT)
        self.tally.moved(session, State.connecting)

    def _establish(self, session: Session) -> None:
        """Its second words are planned as if it had spoken before: all would speak at once else, again and again."""
        session.establish()
        self._epoll.modify(session.descriptor, select.EPOLLIN)
        self.tally.moved(session, State.open)
        session.say(self._speech.first)
        session.said_ns = now() - self._speech.every_ns * (self.wanted - session.number) // self.wanted
        self._said(session, requests=1)

    def _speak(self, session: Session) -> None:
        session.say(self._speech.again)
        session.said_ns = now()
        self._said(session, requests=int(self._speech.asks))

    def _said(self, session: Session, requests: int) -> None:
        self.tally.requests += requests
        if not self._speech.asks:
            self._plan_words(session)

    def _answered(self, session: Session) -> None:
        self.tally.answers += 1
        if self._speech.asks:
            self._plan_words(session)

    def _failed(self, session: Session, error: OSError | EOFError) -> None:
        self.tally.failed(error)
        if session.state is not State.waiting:
            self._end(session)
        self._plan(session, now() + AGAIN_NS)

    def _end(self, session: Session) -> None:
        del self._sessions[session.descriptor]
        session.reset()
        self.tally.moved(session, State.waiting)

    def _plan_words(self, session: Session) -> None:
        if self._speech.every_ns:
            self._plan(session, max(now(), session.said_ns + self._speech.every_ns))

    def _plan(self, session: Session, due: int) -> None:
        session.due = due
        heapq.heappush(self._agenda, (due, next(self._order), session))
