"""A real Redis for a test: on a port of its own, ended and started again when the test says so."""

import socket
import subprocess
from pathlib import Path

from tests import waiting
from tests.ports import free_port
from tools.setup.packages import redis_server

START_SECONDS = 20


class RedisServer:
    """A Redis that keeps nothing when it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        program = redis_server()
        assert program, "there is no Redis: python3 -m tools.setup redis"
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "dir": self._folder}
        command = ["redis-server", *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, executable=program, stdout=log, stderr=log)
        waiting.until(self._listens, START_SECONDS, "Redis listens")

    def end(self) -> None:
        """End it at once."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False
