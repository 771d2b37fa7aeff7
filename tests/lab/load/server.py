"""What the workers ask: an HTTP server that can fall silent, or answer wrongly."""

import socket

from tests.frontend import ANSWER, Frontend


class Server(Frontend):
    """Gives every request its `answer`, at first as lb-b for api-a; hangs up after it if it `closes`.

    While it is `stalled` it accepts and says nothing. `unanswered`: requests that came meanwhile.
    """

    def __init__(self) -> None:
        self.stalled = self.closes = False
        self.unanswered = 0
        self.answer = ANSWER
        super().__init__(self._talk)
        self.target = f"127.0.0.1:{self.port}"

    def _talk(self, connection: socket.socket) -> None:
        while (asked := connection.recv(4096)) and not self.stalled:
            connection.sendall(self.answer)
            if self.closes:
                return
        self.unanswered += bool(asked)
        connection.recv(4096)  # stalled: until the client gives up
