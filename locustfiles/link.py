"""The worker's end of Locust's RPC. The load never waits for it, and does not end with it."""

import time
from typing import Final, NoReturn

import gevent
from locust import __version__
from locust.env import Environment
from locust.exception import RPCError
from locust.rpc import Message, rpc
from locust.runners import WorkerRunner

SILENCE_S: Final = 3  # the master answers a heartbeat every second


class Link(WorkerRunner):
    """A worker that registers without waiting for an answer and registers again where Locust's own worker quits."""

    def __init__(self, host: str, port: int) -> None:
        environment = Environment()
        super().__init__(environment, host, port)
        environment.runner = self

    def connect_to_master(self) -> None:
        """Locust's own worker waits here for up to five minutes, then gives up."""
        self.connected = True
        self._register()

    def heartbeat_timeout_checker(self) -> NoReturn:
        """Locust's own worker quits here after 60 s. A restarted master does not answer old workers."""
        while True:
            gevent.sleep(SILENCE_S)
            if time.time() - (self.last_heartbeat_timestamp or 0) > SILENCE_S:  # Locust's stamp is wall-clock time
                self.reset_connection()
                self._register()

    def reset_connection(self) -> None:
        """Opens the new connection before it closes the old one: Locust's receiving loop spins on a closed one.

        Without linger: messages queued for a dead connection would block the process when it is garbage-collected.
        """
        old, self.client = self.client, rpc.Client(self.master_host, self.master_port, self.client_id)  # type: ignore[no-untyped-call]
        old.close(linger=0)  # type: ignore[no-untyped-call]

    def _register(self) -> None:
        try:
            message = Message("client_ready", __version__, self.client_id)  # type: ignore[no-untyped-call]
            self.client.send(message)
        except RPCError as error:
            print(f"Cannot register with the load master: {error}. Next try in {SILENCE_S} s.", flush=True)
