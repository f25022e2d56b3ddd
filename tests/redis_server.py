"""A real Redis server for tests."""

import signal
import subprocess
import time

from ports import free_port


class Redis:
    """redis-server on a port of its own; stopped by its process id."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/1"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", self.folder], stdout=subprocess.DEVNULL)
        for _ in range(1000):
            try:
                if self.command("PING") == "PONG":
                    return self
            except (OSError, subprocess.CalledProcessError):
                pass
            time.sleep(0.01)
        raise AssertionError("redis-server does not answer")

    def command(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), "-n", "1", *words], check=True,
                              capture_output=True, text=True, timeout=20).stdout.strip()

    def pause(self, paused):
        self.process.send_signal(signal.SIGSTOP if paused else signal.SIGCONT)

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        self.process = None
