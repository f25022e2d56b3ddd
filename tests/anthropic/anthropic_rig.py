"""What the tests of Anthropic's provider share: the app, and LangChain's own model."""

import json
import warnings

from openai_rig import KEY, PATIENCE, total_of, without_nulls

WEATHER = {"name": "get_weather", "description": "Tells the weather.",
           "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                          "required": ["city"]}}
TIME = {"type": "function",
        "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
TOOLS = [WEATHER, TIME]
THINKING = {"type": "enabled", "budget_tokens": 1024}

# Routes: their models' options, and what is bound.
MODELS = {
    "plain": ({}, {}),
    "full": ({"temperature": 0.25, "top_k": 5, "stop": ["x"], "max_tokens": 77}, {}),
    "thinking": ({"thinking": THINKING}, {}),
    "tools": ({}, {"tools": TOOLS}),
    "any": ({}, {"tools": TOOLS, "tool_choice": "any"}),
    "named": ({}, {"tools": TOOLS, "tool_choice": "get_time", "parallel_tool_calls": False}),
    "auto": ({}, {"tools": TOOLS, "tool_choice": "auto", "parallel_tool_calls": True}),
    "strict": ({}, {"tools": [WEATHER], "strict": True}),
    "unforced": ({"thinking": THINKING}, {"tools": TOOLS, "tool_choice": "any"}),
    "twice": ({"max_retries": 1}, {}),
    "hasty": ({"first_byte_timeout": "500ms", "idle_timeout": "500ms", "timeout": "1s"}, {}),
}


def app_file(stub):
    """An app's text (JSON is YAML); each model is a route of its name, as it is and telling."""
    models, routes = {}, {"/text": [{"prompt": "{text}"}, "plain", "str"],
                           "/traced": [{"prompt": "{text}"}, "full"]}
    for name, (options, bound) in MODELS.items():
        models[name] = {"provider": "anthropic", "base_url": stub.base_url,
                        "api_key": "${STUB_KEY}", "model": "claude-sonnet-4-5", **PATIENCE,
                        **options}
        chain = {"model": name, "bind": bound} if bound else name
        routes[f"/{name}"] = {"chain": chain}
        routes[f"/tell/{name}"] = {"chain": chain, "upstream_errors": "tell"}
    return json.dumps({"models": models, "routes": routes})


def chat_anthropic(stub, name="plain"):
    """The real ChatAnthropic in front of the stub, as a route's model is."""
    from langchain_anthropic import ChatAnthropic
    options, bound = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ChatAnthropic(base_url=stub.base_url, api_key=KEY, model="claude-sonnet-4-5",
                              timeout=10, **{"max_retries": 0, "max_tokens": 4096, **options})
        return model.bind_tools(**bound) if bound else model


def plain(message):
    """A message without what two runs never share."""
    message = without_nulls({k: v for k, v in message.items() if k != "id"})
    metadata = {k: v for k, v in message["response_metadata"].items() if k != "id"}
    return {**message, "response_metadata": metadata}


def added(chunks):
    """The sum of chunks from the wire, as LangChain's client adds them."""
    return plain(total_of(chunks))
