"""A server that nobody should come to, and one that answers as a provider does, badly."""

import http.server
import json
import threading


class Trap(http.server.ThreadingHTTPServer):
    """`came` are the requests: (path, headers in lower case, body).  Each is answered with `status`,
    `headers` and `body`."""

    daemon_threads = True

    def __init__(self, status=200, headers=(), body=b"{}"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.came, self.status, self.headers, self.body = [], status, headers, body
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def says(self, content):
        """Answers as OpenAI's chat completions do, with this text."""
        self.headers = [("content-type", "application/json")]
        self.body = json.dumps({"id": "c", "object": "chat.completion", "model": "m", "choices": [
            {"index": 0, "finish_reason": "stop",
             "message": {"role": "assistant", "content": content}}]}).encode()

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.came.append(
            (self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *args):
        pass
