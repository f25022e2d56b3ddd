"""Asking routes with a history."""

import json
import urllib.error
import urllib.request


def ask(server, path, text, session="s"):
    """The status, and the output or the error."""
    body = {"input": {"asked": text}, "config": {"configurable": {"session_id": session}}}
    try:
        with urllib.request.urlopen(server.url + path + "/invoke", json.dumps(body).encode(),
                                    timeout=60) as answer:
            return answer.status, json.load(answer)["output"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
