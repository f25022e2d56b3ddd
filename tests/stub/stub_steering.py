"""What tests tell the stub (steps) and what it tells them (records)."""

import itertools
import json
import time
from collections import Counter, deque

import stub_faults


class BadStep(ValueError):
    """A step that the stub does not understand."""


def check_step(raw):
    """A step with its fault names resolved into the list `faults`."""
    if not isinstance(raw, dict):
        raise BadStep(f"a step is an object, not {raw!r}")
    fault = raw.get("fault") or ""
    try:
        faults = [stub_faults.find(name.strip()) for name in str(fault).split(",") if name]
    except ValueError as error:
        raise BadStep(str(error)) from None
    return {**raw, "faults": faults}


def split_model(name):
    """("x", {"fault": "slow", "delay_ms": 5}) for "x+fault=slow+delay_ms=5"."""
    base, *rest = name.split("+")
    if not rest or not all("=" in part for part in rest):
        return name, {}
    step = {}
    for part in rest:
        key, _, value = part.partition("=")
        try:
            step[key] = json.loads(value)
        except ValueError:
            step[key] = value
    return base, step


class Steering:
    """Chooses the step of each completion request.

    A model name's own step wins and leaves the queue alone; then the queue; then the default.
    """

    def __init__(self):
        self.queue = deque()
        self.default = check_step({})
        self._used = Counter()

    def set_queue(self, steps):
        """Replaces the queue."""
        if not isinstance(steps, list):
            raise BadStep("a script is a list of steps")
        self.queue = deque(check_step(step) for step in steps)

    def set_default(self, step):
        """Sets the step of requests for which there is no other."""
        self.default = check_step(step)

    def next_step(self, model):
        """(model without its suffix, step) for one request."""
        base, own = split_model(model)
        if own:
            step = check_step(own)
            self._used[model] += 1
            return base, step if self._used[model] <= step.get("times", 1 << 62) else self.default
        return base, self._from_queue() or self.default

    def _from_queue(self):
        """Takes a step from the queue; one with `times` serves that many requests."""
        if not self.queue:
            return None
        step = self.queue[0]
        step["times"] = step.get("times", 1) - 1
        if step["times"] <= 0:
            self.queue.popleft()
        return step


class Journal:
    """The requests and connections seen so far; the newest `keep` requests are kept."""

    def __init__(self, keep):
        self.requests = deque(maxlen=keep)
        self._numbers = itertools.count(1)
        self._opened = 0
        self._open = set()

    def open(self, connection):
        """A connection was accepted."""
        self._opened += 1
        self._open.add(connection)

    def close(self, connection):
        """A connection is gone."""
        self._open.discard(connection)

    def forget_control(self, connection):
        """Takes a connection that only steers the stub out of the counts."""
        if not connection.is_control:
            connection.is_control = True
            self._opened -= 1
            self._open.discard(connection)

    def counts(self):
        """How many connections there were and are."""
        return {"opened": self._opened, "open": len(self._open)}

    def clear(self):
        """Forgets requests and closed connections."""
        self.requests.clear()
        self._opened = len(self._open)

    def add(self, connection, request):
        """A new record for a request whose headers have arrived."""
        record = {"number": next(self._numbers), "connection": connection.number,
                  "method": request.method, "path": request.target, "headers": request.headers,
                  "raw_headers": request.raw_headers, "body": None, "json": None,
                  "body_complete": False, "model": None, "fault": None, "status": None,
                  "hung_up": False, "bytes_sent": 0, "events_sent": 0,
                  "received_at": request.received_at or time.time(), "first_byte_at": None,
                  "ended_at": None}
        self.requests.append(record)
        return record
