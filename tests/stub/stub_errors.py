"""OpenAI's error bodies: {"error": {"message", "type", "param", "code"}}.

KINDS has one row per error that a step may name with `code`; a step that gives only a `status`
gets the usual error of that status.
"""

KINDS = {
    "invalid_api_key": (401, "invalid_request_error", None,
                        "Incorrect API key provided. You can find your API key at "
                        "https://platform.openai.com/account/api-keys."),
    "rate_limit_exceeded": (429, "requests", None,
                            "Rate limit reached for the model on requests per min (RPM): "
                            "Limit 3, Used 3, Requested 1. Please try again in 20s."),
    "insufficient_quota": (429, "insufficient_quota", None,
                           "You exceeded your current quota, please check your plan and "
                           "billing details."),
    "context_length_exceeded": (400, "invalid_request_error", "messages",
                                "This model's maximum context length is 8192 tokens. However, "
                                "your messages resulted in 9000 tokens. Please reduce the "
                                "length of the messages."),
    "content_policy_violation": (400, "invalid_request_error", None,
                                 "Your request was rejected as a result of our safety system."),
    "invalid_value": (400, "invalid_request_error", "temperature",
                      "Invalid value for 'temperature'."),
    "unsupported_country_region_territory": (403, "request_forbidden", None,
                                             "Country, region, or territory not supported"),
    "model_not_found": (404, "invalid_request_error", None,
                        "The model does not exist or you do not have access to it."),
    "server_error": (500, "server_error", None,
                     "The server had an error while processing your request. Sorry about that!"),
    "bad_gateway": (502, "server_error", None, "Bad gateway."),
    "service_unavailable": (503, "server_error", None,
                            "The engine is currently overloaded, please try again later"),
    "overloaded": (529, "overloaded_error", None, "Overloaded"),
}

# OpenAI leaves `code` null in the bodies of these statuses.
_CODELESS = {"server_error", "bad_gateway", "service_unavailable", "overloaded"}

_USUAL = {400: "invalid_value", 429: "rate_limit_exceeded"}
_USUAL.update({row[0]: code for code, row in KINDS.items() if row[0] not in (400, 429)})


def error_body(message, kind="invalid_request_error", param=None, code=None):
    """The JSON object of an error answer."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_of_step(step):
    """(status, body) for a step's `status` and `code`, either of which may be missing."""
    code = step.get("code") or _USUAL.get(step.get("status", 500), "server_error")
    status, kind, param, message = KINDS.get(code, (400, "invalid_request_error", None, code))
    shown = None if code in _CODELESS else code
    body = error_body(step.get("message", message), kind, param, shown)
    return step.get("status", status), body


def check_request(body):
    """The error body OpenAI gives to a malformed completion request, or None if it is fine."""
    if not isinstance(body, dict):
        return error_body("We could not parse the JSON body of your request. (HINT: This likely "
                          "means you aren't using your HTTP library correctly.)")
    if not isinstance(body.get("model"), str) or not body["model"]:
        return error_body("you must provide a model parameter")
    if "messages" not in body:
        return error_body("Missing required parameter: 'messages'.", param="messages",
                          code="missing_required_parameter")
    return _check_messages(body["messages"]) or _check_stream_options(body)


def _check_messages(messages):
    """The complaint about `messages`, or None."""
    if not isinstance(messages, list):
        return error_body("Invalid type for 'messages': expected an array of objects.",
                          param="messages", code="invalid_type")
    if not messages:
        return error_body("Invalid 'messages': empty array. Expected an array with minimum "
                          "length 1, but got an empty array instead.", param="messages",
                          code="empty_array")
    for at, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            return error_body(f"Missing required parameter: 'messages[{at}].role'.",
                              param=f"messages[{at}].role", code="missing_required_parameter")
    return None


def _check_stream_options(body):
    """OpenAI refuses stream_options in a request that is not streamed."""
    if body.get("stream_options") is not None and not body.get("stream"):
        return error_body("The 'stream_options' parameter is only allowed when 'stream' is "
                          "enabled.", param="stream_options")
    return None
