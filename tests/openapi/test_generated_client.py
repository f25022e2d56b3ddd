"""Code that openapi-python-client generates from /openapi.json works against the server."""

import importlib
import os
import pathlib
import subprocess
import sys

import pytest

import servers

TRANSLATE = servers.REPO / "examples" / "translate" / "app.yaml"
ANSWER = "Bonjour, comment allez-vous ?"


@pytest.fixture
def translate(serve):
    return serve(TRANSLATE, env={"TRANSLATE_MODEL": "demo"})


def generate(url, folder, name):
    """The generated package, and what the generator said."""
    binaries = pathlib.Path(sys.executable).parent
    said = subprocess.run(
        [binaries / "openapi-python-client", "generate", "--url", url + "/openapi.json",
         "--meta", "none", "--output-path", folder / name, "--fail-on-warning"],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"})
    assert said.returncode == 0, said.stdout + said.stderr
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


def test_translate(translate, tmp_path):
    package = generate(translate.url, tmp_path, "translate_client")
    models = importlib.import_module("translate_client.models")
    api = "translate_client.api.translate.translate_"
    invoke = importlib.import_module(api + "invoke_translate_invoke_post")
    batch = importlib.import_module(api + "batch_translate_batch_post")
    client = package.Client(base_url=translate.url)
    text = models.PromptInput(language="French", text="How are you?")

    invoked = invoke.sync(client=client, body=models.TranslateInvokeRequest(input_=text))
    assert isinstance(invoked, models.TranslateInvokeResponse)
    assert invoked.output == ANSWER and str(invoked.metadata.run_id).count("-") == 4

    both = batch.sync(client=client, body=models.TranslateBatchRequest(inputs=[text, text]))
    assert both.output == [ANSWER, ANSWER] and len(both.metadata.run_ids) == 2

    text.text = 1
    refused = invoke.sync(client=client, body=models.TranslateInvokeRequest(input_=text))
    assert isinstance(refused, models.Refusal)
    assert refused.detail[0].loc == ["text"]


def test_everything_can_be_generated(serve, tmp_path):
    """The wire's app has every kind of schema."""
    text = (servers.TESTS / "wire" / "app.yaml").read_text(encoding="utf-8")
    folder = tmp_path / "app"
    folder.mkdir()
    for name in ("functions.lua",):
        (folder / name).write_bytes((servers.TESTS / "wire" / name).read_bytes())
    (folder / "app.yaml").write_text(text.replace("openapi: langserve", "openapi: full"),
                                     encoding="utf-8")
    server = serve(folder / "app.yaml", env={"WIRE_STORE": str(tmp_path / "store.db")})
    generate(server.url, tmp_path, "wire_client")
