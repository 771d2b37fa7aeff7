"""What the workers ask: an HTTP server that can fall silent, or answer wrongly."""

import socket
import threading

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-LB-Node: lb-b\r\nX-API-Node: api-a\r\n\r\nok"


class Server:
    """Gives every request its `answer`, at first as lb-b for api-a; hangs up after it if it `closes`.

    While it is `stalled` it accepts and says nothing.
    """

    def __init__(self) -> None:
        self.stalled = self.closes = False
        self.answer = ANSWER
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.target = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed: the test is over
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while connection.recv(4096) and not self.stalled:
                    connection.sendall(self.answer)
                    if self.closes:
                        return
                connection.recv(4096)  # stalled: until the client gives up
            except OSError:
                return  # the client gave up

    def close(self) -> None:
        self._listener.close()
