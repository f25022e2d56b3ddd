"""What the tests of Ollama's provider share: the app, and LangChain's own model."""

import json

from openai_rig import KEY, PATIENCE, total_of, without_nulls

WEATHER = {"type": "function",
           "function": {"name": "get_weather", "description": "Tells the weather.",
                        "parameters": {"type": "object",
                                       "properties": {"city": {"type": "string"}}}}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}

# Routes: their models' options, and what is bound.
MODELS = {
    "plain": ({}, {}),
    "full": ({"temperature": 0.25, "top_k": 5, "top_p": 0.5, "seed": 7, "stop": ["x", "y"],
              "num_predict": 9, "num_ctx": 2048, "repeat_penalty": 1.5, "keep_alive": "5m"}, {}),
    "kept": ({"keep_alive": -1}, {}),
    "as_json": ({"format": "json"}, {}),
    "schematic": ({"format": SCHEMA}, {}),
    "thinking": ({"reasoning": True}, {}),
    "much": ({"reasoning": "high"}, {}),
    "silent": ({"reasoning": False}, {}),
    "tools": ({}, {"tools": [WEATHER], "tool_choice": "any"}),
    "twice": ({"max_retries": 1}, {}),
    "hasty": ({"first_byte_timeout": "500ms", "idle_timeout": "500ms", "timeout": "1s"}, {}),
}


def app_file(stub):
    """An app's text (JSON is YAML); each model is a route of its name, as it is and telling."""
    models, routes = {}, {"/traced": [{"prompt": "{text}"}, "full"]}
    for name, (options, bound) in MODELS.items():
        models[name] = {"provider": "ollama", "base_url": stub.base_url,
                        "api_key": "${STUB_KEY}", "model": "llama3.2", **PATIENCE, **options}
        chain = {"model": name, "bind": bound} if bound else name
        routes[f"/{name}"] = {"chain": chain}
        routes[f"/tell/{name}"] = {"chain": chain, "upstream_errors": "tell"}
    return json.dumps({"models": models, "routes": routes})


def chat_ollama(stub, name="plain"):
    """The real ChatOllama in front of the stub, as a route's model is."""
    from langchain_ollama import ChatOllama
    options, bound = MODELS[name]
    options = {k: v for k, v in options.items() if k != "max_retries"}
    model = ChatOllama(base_url=stub.base_url, model="llama3.2", **options,
                       client_kwargs={"headers": {"Authorization": f"Bearer {KEY}"},
                                      "timeout": 10})
    return model.bind_tools(**bound) if bound else model


def plain(message):
    """A message without what two runs never share: its id, and those of its calls."""
    message = without_nulls({k: v for k, v in message.items() if k != "id"})
    for key in ("tool_calls", "tool_call_chunks", "invalid_tool_calls"):
        message[key] = [{k: v for k, v in call.items() if k != "id"}
                        for call in message.get(key, [])]
    return message


def added(chunks):
    """The sum of chunks from the wire, as LangChain's client adds them."""
    return plain(total_of(chunks))
