"""One gateway of one group at work: its card, its state machine, the clock."""

import sys
from collections.abc import Callable
from typing import Final

from harness.agents.loop import Loop, now
from harness.agents.network.glbp.gateway import Gateway
from harness.agents.network.glbp.packet import Asked, answer, asked, frame, heard
from harness.agents.network.glbp.port import GlbpPort
from harness.agents.timer import Timer
from harness.model.glbp import GlbpGroup
from harness.model.units import ms

CARRIER_NS: Final = 100 * ms
"""The card is looked at so often: a router learns of a lost carrier at once, this one so much later."""


class Speaker:
    """`open` begins, `close` ends it. `name`: the node's, for what is said of it."""

    def __init__(self, loop: Loop, group: GlbpGroup, name: str, gateway: Gateway, port: GlbpPort) -> None:
        self._loop = loop
        self._group = group
        self._name = name
        self._gateway = gateway
        self._port = port
        self._timers: dict[str, Timer] = {}
        self._state: object = None
        self._forwards: list[int] = []

    def open(self, *, settled: bool) -> None:
        """`settled`: as if the group had run for long; else as a router that has just booted."""
        if settled:
            self._gateway.settle(now())
        self._loop.watch(self._port.fileno(), lambda _: self._read())
        self._look()

    def close(self) -> None:
        self._loop.forget(self._port.fileno())
        for timer in self._timers.values():
            timer.cancel()
        self._port.close()

    def _look(self) -> None:
        """A lost carrier ends what this gateway is; with the carrier it begins anew, as a router's interface does."""
        carrier = self._port.carrier()
        if carrier and not self._gateway.up and self._port.bind():
            self._gateway.start(now())
            self._gateway.tick(now())
        elif not carrier and self._gateway.up:
            self._gateway.stop()
        self._do()
        self._at("look", now() + CARRIER_NS, self._look)

    def _read(self) -> None:
        for received in self._port.read():
            if message := heard(received):
                self._gateway.hear(message.ip, message.message, now())
            elif question := asked(received):
                self._answer(question)
        self._do()

    def _answer(self, question: Asked) -> None:
        if question.target != self._group.ip:
            return
        forwarder = self._gateway.choose(question.mac, now())
        if forwarder:
            self._port.send(answer(question, self._vmac(forwarder), self._gateway.mac))

    def _tick(self) -> None:
        self._gateway.tick(now())
        self._do()

    def _do(self) -> None:
        """What the state machine wants: devices first, so that a frame which a message attracts is forwarded."""
        self._forward_for(sorted(self._gateway.forwarding))
        for message, forwarder in self._gateway.take_outbox():
            source = self._vmac(forwarder) if forwarder else self._gateway.mac
            self._port.send(frame(message, source, self._gateway.ip))
        self._tell()
        due = self._gateway.due()
        if due is not None:
            self._at("tick", due, self._tick)

    def _forward_for(self, numbers: list[int]) -> None:
        if numbers != self._forwards:
            self._forwards = numbers
            self._port.forward_for((self._group.device(number), self._group.vmac(number)) for number in numbers)

    def _at(self, what: str, t: int, call: Callable[[], None]) -> None:
        if before := self._timers.pop(what, None):
            before.cancel()
        self._timers[what] = self._loop.at(t, call)

    def _vmac(self, forwarder: int) -> bytes:
        return bytes.fromhex(self._group.vmac(forwarder).replace(":", ""))

    def _tell(self) -> None:
        """Each change, in the agent's log."""
        state = (self._gateway.virtual.state, self._forwards)
        if state != self._state:
            self._state = state
            forwards = ", ".join(map(str, self._forwards)) or "none"
            text = f"glbp {self._group.name}: {self._name} is {state[0].name}, active forwarder of {forwards}"
            print(text, file=sys.stderr, flush=True)
