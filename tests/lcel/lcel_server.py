"""Runs many pairs: ours on one server, a route each, and LangChain's in this process."""

import json

import httpx
import yaml


def app_of(pairs):
    """The YAML of an app with a route for each pair: any input, any output, errors by code."""
    routes = {f"/r{i}": {"chain": {"chain": pair.ours}, "input": {}, "output": {}, "errors": "json",
                         "config_keys": ["configurable", "tags", "metadata", "max_concurrency"]}
              for i, pair in enumerate(pairs)}
    return yaml.safe_dump({"server": {"upstream_errors": "tell"}, "routes": routes},
                          allow_unicode=True, sort_keys=False)


class Failure(Exception):
    """An error of ours, by its code."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Ours:
    """A route of ours."""

    def __init__(self, client, url):
        self.client, self.url = client, url

    def _post(self, endpoint, body):
        answer = self.client.post(f"{self.url}/{endpoint}", content=json.dumps(body))
        if answer.status_code != 200:
            raise Failure(answer.json()["code"])
        return answer

    def invoke(self, value, config):
        return self._post("invoke", {"input": value, "config": config}).json()["output"]

    def batch(self, values, config):
        return self._post("batch", {"inputs": values, "config": config}).json()["output"]

    def stream(self, value, config):
        """The chunks, and the error at the end or None."""
        return self._stream("stream", value, config)

    def events(self, value, config):
        """What stream_events tells, and the error at the end or None."""
        return self._stream("stream_events", value, config)

    def log(self, value, config):
        """The patches of stream_log, and the error at the end or None."""
        return self._stream("stream_log", value, config)

    def _stream(self, endpoint, value, config):
        text = self._post(endpoint, {"input": value, "config": config}).text
        chunks, failure = [], None
        for event in text.split("\r\n\r\n"):
            lines = dict(line.split(": ", 1) for line in event.split("\r\n") if ": " in line)
            if lines.get("event") == "data":
                chunks.append(json.loads(lines["data"]))
            elif lines.get("event") == "error":
                failure = json.loads(lines["data"])
        return chunks, failure


def client():
    return httpx.Client(timeout=30)
