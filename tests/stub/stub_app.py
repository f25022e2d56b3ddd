"""The stub's routes: the API itself, and /_stub, by which tests steer it and read its records."""

import itertools
import traceback

import stub_answers
import stub_faults
import stub_texts
from stub_errors import check_request, error_body
from stub_http import Connection
from stub_reply import SSE_TYPE, Exchange, Reply, event, json_reply
from stub_steering import BadStep, Journal, Steering

MODELS = ("gpt-4o-mini", "gpt-4o", "gpt-3.5-turbo", "stub")


class StubApp:
    """The server's state and its routes; lives on one event loop."""

    chat_form = stub_answers  # what renders the answers to chats

    def __init__(self, api_key=None, keep=10000):
        self.api_key = api_key
        self.connections = set()
        self.journal = Journal(keep)
        self.steering = Steering()
        self._connection_numbers = itertools.count(1)
        self.answer_numbers = itertools.count(1)

    def new_connection(self):
        """The protocol factory."""
        return Connection(self, next(self._connection_numbers))

    def on_open(self, connection):
        """A socket was accepted."""
        self.connections.add(connection)
        self.journal.open(connection)

    def on_close(self, connection):
        """A socket is closed."""
        self.connections.discard(connection)
        self.journal.close(connection)

    def on_head(self, connection, request):
        """A request's headers are here."""
        if request.path == "/_stub" or request.path.startswith("/_stub/"):
            self.journal.forget_control(connection)
        else:
            connection.record = self.journal.add(connection, request)

    def on_body(self, connection, request):
        """A request's body is here."""
        if connection.record is not None:
            connection.record["body"] = request.body.decode("utf-8", "replace")
            connection.record["json"] = request.json()
            connection.record["body_complete"] = True

    async def handle(self, connection, request):
        """Answers one request."""
        try:
            if connection.record is None:
                reply = self._answer_control(request)
                await connection.write(reply.head() + b"".join(reply.frames))
            else:
                await self._serve(connection, request)
        except Exception:
            traceback.print_exc()
            await connection.close()

    # ---- the API ----

    async def _serve(self, connection, request):
        """Answers a request of the API."""
        step, reply = self.route(connection.record, request)
        reply.headers += list(step.get("headers", {}).items())
        if request.version == "HTTP/1.0" and reply.framing == "chunked":
            reply.framing = "close"
        await stub_faults.send(Exchange(connection, request, step), reply)

    def route(self, record, request):
        """(step, Reply) for a request of the API; only completions have steps."""
        if not self.is_authorized(request):
            return {}, self.refuse(request)
        if request.method == "POST" and request.path.endswith("/completions"):
            return self._complete(record, request)
        return {}, self.look_up(request)

    def look_up(self, request):
        """The Reply to anything but a completion request."""
        path, name = request.path, request.path.removeprefix("/v1/models/")
        is_known = path.endswith("/completions") or path == "/v1/models" or name != path
        if not is_known:
            return api_reply(error_body(f"Invalid URL ({request.method} {path})"), 404)
        if request.method != "GET" or path.endswith("/completions"):
            message = f"Not allowed to {request.method} on {path}."
            return api_reply(error_body(message, code="method_not_supported"), 405)
        if path == "/v1/models":
            return api_reply({"object": "list", "data": [model_object(m) for m in MODELS]})
        return self._model(name)

    def is_authorized(self, request):
        """Whether the request carries the key, as Bearer token or (Azure) in api-key."""
        if self.api_key is None:
            return True
        return (request.headers.get("authorization") == f"Bearer {self.api_key}"
                or request.headers.get("api-key") == self.api_key)

    def refuse(self, request):
        """401 for a missing or a wrong key."""
        if "authorization" not in request.headers:
            return api_reply(error_body("You didn't provide an API key. You need to provide your "
                                        "API key in an Authorization header using Bearer auth "
                                        "(i.e. Authorization: Bearer YOUR_KEY)."), 401)
        return api_reply(error_body("Incorrect API key provided: sk-****. You can find your API "
                                    "key at https://platform.openai.com/account/api-keys.",
                                    code="invalid_api_key"), 401)

    def _model(self, name):
        """One model's description."""
        if name in MODELS:
            return api_reply(model_object(name))
        return api_reply(error_body(f"The model '{name}' does not exist", param="model",
                                    code="model_not_found"), 404)

    def _complete(self, record, request):
        """A completion, or what the step puts in its place."""
        body = request.json()
        if isinstance(body, dict) and not body.get("model") and "/deployments/" in request.path:
            body["model"] = request.path.split("/deployments/")[1].split("/")[0]
        form, error = self.chat_form, None
        if not request.path.endswith("/chat/completions") and isinstance(body, dict):
            form, error = stub_texts, stub_texts.check_prompt(body)
            body = body if error else stub_texts.as_chat(body)
        error = error or check_request(body)
        if error is not None:
            return {}, api_reply(error, 400)
        try:
            model, step = self.steering.next_step(body["model"])
        except BadStep as problem:
            return {}, api_reply(error_body(str(problem), param="model", code="stub"), 400)
        record["model"], record["fault"] = body["model"], ",".join(step["faults"]) or None
        step = stub_faults.with_defaults(step)
        number = next(self.answer_numbers)
        reply = stub_faults.other_reply(step) or completion_reply(form, body, step, model, number)
        reply.framing = step.get("framing", reply.framing)
        return step, reply

    # ---- steering ----

    def _answer_control(self, request):
        """Answers a request to /_stub."""
        what = (request.method, request.path.removeprefix("/_stub").strip("/"))
        try:
            return self.steer(what, request.json())
        except BadStep as problem:
            return json_reply(error_body(str(problem), code="stub"), 400)

    def steer(self, what, body):
        """The table of what can be asked of /_stub."""
        if what == ("GET", "requests"):
            return json_reply(list(self.journal.requests))
        if what == ("GET", "connections"):
            return json_reply(self.journal.counts())
        if what == ("GET", "script"):
            return json_reply(list(self.steering.queue))
        if what == ("POST", "script"):
            self.steering.set_queue(body)
        elif what == ("POST", "default"):
            self.steering.set_default(body)
        elif what == ("DELETE", "script"):
            self.steering.set_queue([])
        elif what == ("DELETE", "requests"):
            self.journal.clear()
        elif what == ("DELETE", ""):
            self.journal.clear()
            self.steering = Steering()
        else:
            return json_reply(error_body(f"the stub has no {what[0]} /_stub/{what[1]}"), 404)
        return json_reply({"ok": True})


def api_reply(body, status=200):
    """A JSON answer with the headers that OpenAI adds."""
    return json_reply(body, status, api_headers())


def api_headers():
    """The headers of every answer of the API."""
    return [("X-Request-Id", "req_57ab57ab57ab57ab57ab57ab57ab57ab"),
            ("OpenAI-Organization", "org-stub"), ("OpenAI-Version", "2020-10-01"),
            ("OpenAI-Processing-Ms", "7"), ("X-RateLimit-Limit-Requests", "10000"),
            ("X-RateLimit-Remaining-Requests", "9999"), ("X-RateLimit-Reset-Requests", "6ms")]


def model_object(name):
    """An entry of the list of models."""
    return {"id": name, "object": "model", "created": stub_answers.CREATED, "owned_by": "stub"}


def completion_reply(form, body, step, model, number):
    """The Reply to a good completion request, ITEMS faults applied; `form` renders the answer."""
    answer = stub_answers.make_answer(body, step, model, number)
    if not body.get("stream"):
        item = stub_faults.change_items([form.whole(answer)], step)[0]
        if isinstance(item, dict):
            return api_reply(item)
        data = item if isinstance(item, bytes) else item.encode()
        return Reply(headers=api_headers(), frames=[data])
    items = stub_faults.change_items(form.chunks(answer) + ["[DONE]"], step)
    return Reply(content_type=SSE_TYPE, headers=api_headers() + [("Cache-Control", "no-cache")],
                 frames=[event(item) for item in items], framing="chunked", is_stream=True)
