"""Plays the exchanges that a site's own `tcp-check` asks for, and those of protocols whose server speaks first."""

from stand_in.peer import Peer
from stand_in.place import Exchange


class Dialogue:
    """The last answer is repeated to whatever else is said: real traffic goes on after a check's last step."""

    def __init__(self, exchanges: tuple[Exchange, ...], peer: Peer) -> None:
        self._exchanges, self._peer = exchanges, peer
        self._at, self._heard = 0, 0
        self._play()

    def hear(self, data: bytes) -> None:
        self._heard += len(data)
        if self._at >= len(self._exchanges):
            self._say(self._exchanges[-1].say)
            return
        self._play()

    def _play(self) -> None:
        """An exchange is due once as many bytes came as it wants to hear; several may come in one segment."""
        while self._at < len(self._exchanges):
            wanted = self._exchanges[self._at].hear
            needed = 1 if wanted is None else len(wanted)
            if self._heard < needed:
                return
            self._heard = 0 if wanted is None else self._heard - needed
            self._say(self._exchanges[self._at].say)
            self._at += 1

    def _say(self, said: bytes) -> None:
        if said:
            self._peer.send(said)
