"""Models of texts: what reaches the provider and what comes back, as LangChain's OpenAI has it."""

import pytest
from langchain_openai import OpenAI
from openai_rig import KEY, app_file
from stub_answers import DEFAULT_REPLY
from test_openai_faults import FAULTS, RIGHT, SLOW, UNANSWERED, named

# What such models have no words for, or what is made for chats.
OF_CHATS = {"tool_calls", "refusal", "reasoning_content", "garbage_json"}
TEXT_FAULTS = [row for row in FAULTS if row[0] not in OF_CHATS]

# (option, what stands in the file, what stands in the body)
OPTIONS = [
    ("temperature", 0, {"temperature": 0}),
    ("max_tokens", 100, {"max_tokens": 100}),
    ("stop", ["goodbye"], {"stop": ["goodbye"]}),
    ("seed", 7, {"seed": 7}),
    ("n", 2, {"n": 2}),
    ("top_logprobs", 3, {"logprobs": 3}),
    ("logit_bias", {"50256": -100}, {"logit_bias": {"50256": -100}}),
    ("extra_body", {"suffix": "end", "best_of": 3}, {"suffix": "end", "best_of": 3}),
]
MODELS = {"text": {}, "usage": {"stream_usage": True}, "twice": {"max_retries": 1},
          "hasty": {"first_byte_timeout": "500ms", "idle_timeout": "500ms", "timeout": "1s"},
          **{f"o{at}": {option: value} for at, (option, value, _) in enumerate(OPTIONS)}}
PROMPT = "Say hello."
DEFAULTS = {"model": "gpt-4o-mini", "prompt": PROMPT, "temperature": 0.7, "max_tokens": 256}


@pytest.fixture(scope="module")
def texts(session_rig, tmp_path_factory):
    import servers
    folder = tmp_path_factory.mktemp("texts")
    models = {name: {"provider": "openai-completion", **options}
              for name, options in MODELS.items()}
    routes = {"/chain": {"chain": [{"prompt": "Say {x}"}, "text", "str"]},
              "/bound": {"chain": {"chain": "text", "bind": {"stop": ["x"], "max_tokens": 5}}}}
    text = app_file(session_rig.stub, models, routes=routes)
    (folder / "app.yaml").write_text(text, encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder, env={"STUB_KEY": KEY}).start()
    yield type(session_rig)(session_rig.stub, server)
    server.stop_cleanly()


@pytest.fixture
def rig(texts):
    texts.forget()
    return texts


def theirs(rig, **options):
    return OpenAI(base_url=rig.stub.base_url, api_key=KEY, model="gpt-4o-mini", max_retries=0,
                  timeout=10, **options)


def test_a_text_whole_and_streamed(rig):
    assert rig.output("/text") == DEFAULT_REPLY == theirs(rig).invoke(PROMPT)
    stream = rig.stream("/text")
    assert stream.ended_well and stream.chunks == list(theirs(rig).stream(PROMPT))


@pytest.mark.parametrize("at", range(len(OPTIONS)), ids=[row[0] for row in OPTIONS])
def test_options_reach_the_body(rig, schema, at):
    rig.output(f"/o{at}")
    assert rig.stream(f"/o{at}").ended_well
    whole, streamed = rig.bodies()
    assert whole == {**DEFAULTS, **OPTIONS[at][2]}
    assert streamed == {**whole, "stream": True}
    assert not schema.errors("CreateCompletionRequest", whole)


def test_prompts_are_langchains(rig):
    value = [("system", "S"), ("human", "hi"), ("ai", "yo")]
    rig.output("/text", [{"type": role, "content": text} for role, text in value])
    theirs(rig).invoke(value)
    ours, wanted = rig.bodies()
    assert [ours["prompt"]] == wanted["prompt"] == ["System: S\nHuman: hi\nAI: yo"]


def test_a_prompt_template_before_it(rig):
    assert rig.output("/chain", {"x": "1"}) == DEFAULT_REPLY
    assert rig.bodies()[0]["prompt"] == "Human: Say 1"


def test_usage_is_asked_for_and_makes_no_chunk(rig):
    stream = rig.stream("/usage")
    assert stream.ended_well and stream.text == DEFAULT_REPLY
    assert rig.bodies()[0]["stream_options"] == {"include_usage": True}


def test_kwargs_that_are_bound(rig):
    rig.output("/bound")
    assert rig.bodies()[0] == {**DEFAULTS, "stop": ["x"], "max_tokens": 5}


def test_failed_attempts_are_repeated(rig):
    rig.stub.script({"fault": "status", "status": 429, "retry_after_ms": 1}, {})
    assert rig.output("/twice") == DEFAULT_REPLY
    assert [r["status"] for r in rig.stub.requests()] == [429, 200]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("row", TEXT_FAULTS, ids=map(named, TEXT_FAULTS))
def test_faults(rig, row, streamed):
    fault, parameters, *wanted = row
    rig.stub.script({"fault": fault, **parameters, "times": 8 if fault in UNANSWERED else 1})
    path, wanted = "/hasty" if fault in SLOW else "/text", wanted[streamed]
    if streamed:
        stream = rig.stream(path)
        text, well = stream.text, stream.ended_well
    else:
        status, text = rig.invoke(path)
        well = status == 200
    if wanted is RIGHT:
        assert well and text == DEFAULT_REPLY, rig.log()
    else:
        assert not well and rig.failure() == wanted[0], rig.log()
        assert not streamed or wanted[1] is ... or text.startswith(wanted[1])
    rig.stub.script()
    assert rig.output("/text") == DEFAULT_REPLY


@pytest.mark.parametrize("option", ["logprobs: true", "reasoning_effort: low", "service_tier: flex"])
def test_options_of_chats_are_refused(tmp_path, option):
    import servers
    file = tmp_path / "app.yaml"
    file.write_text(f"models:\n  m: {{provider: openai-completion, api_key: k, {option}}}\n"
                    "routes: {/m: m}\n")
    done = servers.check(file)
    assert done.returncode != 0
    assert "completions of texts have no such parameter" in done.stdout + done.stderr
