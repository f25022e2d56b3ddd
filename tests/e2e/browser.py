"""A headless Chromium, driven over its DevTools protocol."""

import contextlib
import itertools
import json
import re
import shutil
import subprocess
import urllib.request

from websockets.sync.client import connect

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--remote-debugging-port=0"]
PROGRAM = shutil.which("chromium")
START_SECONDS = 60


class Page:
    """One page; `problems` are what the browser said against it."""

    def __init__(self, folder):
        self.process = subprocess.Popen([PROGRAM, *FLAGS, f"--user-data-dir={folder}/profile"],
                                        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        stdin=subprocess.DEVNULL, text=True)
        self.ids, self.problems = itertools.count(1), []
        address = next(found.group(1) for line in self.process.stderr
                       if (found := re.search(r"ws://(127\.0\.0\.1:\d+)/", line)))
        with urllib.request.urlopen(f"http://{address}/json/list", timeout=START_SECONDS) as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self.open_things = contextlib.ExitStack()
        self.socket = self.open_things.enter_context(
            connect(page["webSocketDebuggerUrl"], max_size=None))
        for domain in ("Page", "Runtime", "Log"):
            self.ask(domain + ".enable")

    def ask(self, method, **params):
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(timeout=START_SECONDS))
            if answer.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.problems.append(answer["params"])
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, url):
        self.ask("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script):
        """The value of an expression; promises are waited for."""
        result = self.ask("Runtime.evaluate", expression=script, awaitPromise=True,
                          returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, condition):
        self.run("new Promise((done, fail) => { const end = Date.now() + 30000; (function look() "
                 f"{{ if ({condition}) done(); else if (Date.now() > end) fail('never'); "
                 "else setTimeout(look, 20); })(); })")

    def close(self):
        self.open_things.close()
        self.process.terminate()
        self.process.wait(30)
        self.process.stderr.close()
