"""LangChain.js' client against both servers; the tests themselves are in js_client.test.mjs.

NODE   the node to run (default: the one on the path; 18 or newer)
"""

import os
import pathlib
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def node_modules():
    if not (FOLDER / "node_modules" / "@langchain" / "core").is_dir():
        pytest.fail(f"the JavaScript client is not installed: npm ci --prefix {FOLDER}",
                    pytrace=False)


def test_javascript_client(server, node_modules):
    run = subprocess.run([os.environ.get("NODE", "node"), "--test", "js_client.test.mjs"],
                         cwd=FOLDER, env={**os.environ, "BASE_URL": server.url},
                         capture_output=True, text=True, timeout=110)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
