"""A program of the build that answers each line of JSON with one."""

import json
import os
import subprocess

import pytest


class LineTool:
    """Runs the program at `path`, which must have been built."""

    def __init__(self, path):
        if not os.access(path, os.X_OK):
            pytest.fail(f"{path} is not there: build it, or set LANGSERVED_TOOLS", pytrace=False)
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **members):
        self.process.stdin.write(json.dumps(members).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0
