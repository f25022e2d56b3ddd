"""Anthropic's error bodies, and its complaints about requests."""

import re

# type: (status, message)
KINDS = {
    "invalid_request_error": (400, "temperature: Input should be less than or equal to 1"),
    "context_length_exceeded": (400, "prompt is too long: 208310 tokens > 200000 maximum"),
    "authentication_error": (401, "invalid x-api-key"),
    "permission_error": (403, "Your API key does not have permission to use the specified "
                              "resource."),
    "not_found_error": (404, "model: claude-nothing"),
    "request_too_large": (413, "Request exceeds the maximum size"),
    "rate_limit_error": (429, "This request would exceed your organization's rate limit of "
                              "50 requests per minute"),
    "api_error": (500, "Internal server error"),
    "timeout_error": (504, "Request timed out"),
    "overloaded_error": (529, "Overloaded"),
}
USUAL = {row[0]: kind for kind, row in KINDS.items() if kind != "context_length_exceeded"}
KEYS = {"model", "messages", "max_tokens", "system", "stream", "temperature", "top_p", "top_k",
        "stop_sequences", "tools", "tool_choice", "thinking", "metadata", "service_tier",
        "output_config"}
BLOCKS = {"text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking",
          "server_tool_use", "web_search_tool_result"}


def error_body(message, kind="invalid_request_error"):
    """The JSON object of an error answer, which is an event's data, too."""
    return {"type": "error", "error": {"type": kind, "message": message},
            "request_id": "req_011CStub"}


def error_of_step(step):
    """(status, body) for a step's `status` and `code`, either of which may be missing."""
    kind = step.get("code") or USUAL.get(step.get("status", 500), "api_error")
    status, message = KINDS.get(kind, (400, kind))
    shown = "invalid_request_error" if kind == "context_length_exceeded" else kind
    return step.get("status", status), error_body(step.get("message", message), shown)


def check_request(body, headers):
    """The error body for a malformed request, or None if it is fine."""
    problem = _problem(body, headers)
    return error_body(problem) if problem else None


def _problem(body, headers):
    if "anthropic-version" not in headers:
        return "anthropic-version: header is required"
    if not isinstance(body, dict):
        return "The request body is not valid JSON"
    for key in sorted(body.keys() - KEYS):
        return f"{key}: Extra inputs are not permitted"
    if not isinstance(body.get("model"), str):
        return "model: Field required"
    if not isinstance(body.get("max_tokens"), int):
        return "max_tokens: Field required"
    if not isinstance(body.get("messages"), list) or not body["messages"]:
        return "messages: at least one message is required"
    return _forced_while_thinking(body) or _tools_problem(body) or _turns_problem(body["messages"])


def _forced_while_thinking(body):
    thinks = (body.get("thinking") or {}).get("type") in ("enabled", "adaptive")
    if thinks and (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        return "Thinking may not be enabled when tool_choice forces tool use."
    return None


def _tools_problem(body):
    names = set()
    for at, tool in enumerate(body.get("tools", [])):
        if "type" not in tool and not isinstance(tool.get("input_schema"), dict):
            return f"tools.{at}.custom.input_schema: Field required"
        names.add(tool.get("name"))
    choice = body.get("tool_choice") or {}
    if choice.get("type") == "tool" and choice.get("name") not in names:
        return f"Tool '{choice.get('name')}' not found in provided tools"
    return None


def _turns_problem(messages):
    open_calls = set()
    for at, message in enumerate(messages):
        role, content = message.get("role"), message.get("content")
        last = at == len(messages) - 1
        if role not in ("user", "assistant"):
            return f"messages.{at}.role: Input should be 'user' or 'assistant'"
        if not content and not (last and role == "assistant"):
            return f"messages.{at}: all messages must have non-empty content except for the " \
                   "optional final assistant message"
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
        problem = _blocks_problem(blocks, at, open_calls)
        if problem:
            return problem
        open_calls = {b["id"] for b in blocks if b["type"] == "tool_use"}
        tail = blocks[-1].get("text", "") if blocks else ""
        if last and role == "assistant" and tail != tail.rstrip():
            return "messages: final assistant content cannot end with trailing whitespace"
    return None


def _blocks_problem(blocks, at, open_calls):
    for block in blocks:
        if block.get("type") not in BLOCKS:
            return f"messages.{at}.content: Input tag '{block.get('type')}' is not known"
        if block["type"] == "text" and not block["text"] and len(blocks) > 1:
            return f"messages.{at}.content: text content blocks must be non-empty"
        own = block.get("id") or block.get("tool_use_id") or "x"
        if not re.fullmatch("[a-zA-Z0-9_-]+", own):
            return f"messages.{at}.content: String should match pattern '^[a-zA-Z0-9_-]+$'"
        if block["type"] == "tool_use" and not isinstance(block.get("input"), dict):
            return f"messages.{at}.content.tool_use.input: Input should be a valid dictionary"
    results = {b["tool_use_id"] for b in blocks if b["type"] == "tool_result"}
    if open_calls - results:
        return f"messages.{at}: `tool_use` ids were found without `tool_result` blocks " \
               f"immediately after: {', '.join(sorted(open_calls - results))}"
    if results - open_calls:
        return f"messages.{at}: unexpected `tool_use_id` found in `tool_result` blocks"
    return None
