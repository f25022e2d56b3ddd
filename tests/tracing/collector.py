"""A server that takes traces and keeps them: LangSmith's /runs/batch and OTLP's /v1/traces."""

import http.server
import json
import threading
import time


class Collector(http.server.ThreadingHTTPServer):
    """`requests` are (path, headers, body); each is answered with `status`, after `delay` seconds,
    by `garbage` instead of HTTP if that is set."""

    daemon_threads = True

    def __init__(self, status=202, delay=0, garbage=None, headers=()):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.status, self.delay = [], status, delay
        self.garbage, self.headers, self.closed = garbage, headers, False
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def bodies(self, path):
        return [json.loads(body) for at, _, body in list(self.requests) if at == path]

    def runs(self):
        return [run for body in self.bodies("/runs/batch") for run in body["post"]]

    def spans(self):
        return [span for body in self.bodies("/v1/traces") for resource in body["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]]

    def wait_for(self, found, seconds=15):
        """What found(self) gives once that is something."""
        end = time.monotonic() + seconds
        while not (value := found(self)):
            assert time.monotonic() < end, f"not told within {seconds} s"
            time.sleep(0.02)
        return value

    def close(self):
        if not self.closed:
            self.shutdown()
            self.server_close()
        self.closed = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        server = self.server
        server.requests.append((self.path, dict(self.headers), body))
        time.sleep(server.delay)
        if server.garbage is not None:
            self.wfile.write(server.garbage)
            self.close_connection = True
            return
        self.send_response(server.status)
        for name, value in server.headers:
            self.send_header(name, value)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_GET(self):
        """What LangSmith's own client asks first."""
        body = json.dumps({"version": "0.10.0", "batch_ingest_config": {
            "use_multipart_endpoint": False, "size_limit": 100, "size_limit_bytes": 20971520,
            "scale_up_qsize_trigger": 1000, "scale_up_nthreads_limit": 16,
            "scale_down_nempty_trigger": 4}}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass
