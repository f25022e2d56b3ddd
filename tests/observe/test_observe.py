"""The steps that observers hear of are LangChain's: names, types, tags, metadata, parents, order."""

import asyncio
import json
import os
import pathlib
import subprocess

import pytest
import servers
from langchain_core.tracers.base import BaseTracer
from observe_cases import CASES, YAML

# Where we tell otherwise on purpose.
OTHERWISE = {
    ("fallbacks", "invoke"): "LangChain loses the parents of what is tried",
    ("fallbacks_chain", "invoke"): "LangChain loses the parents of what is tried",
    ("retry", "stream"): "LangChain does not try again while streaming",
}


class Recorder(BaseTracer):
    """Keeps the runs as trees."""

    def __init__(self):
        super().__init__()
        self.roots = []

    def _persist_run(self, run):
        self.roots.append(tree_of(run))


def tree_of(run):
    metadata = [key for key in run.extra.get("metadata", {})
                if key not in ("ls_integration", "lc_versions")]
    return {"name": run.name, "type": run.run_type, "tags": list(run.tags or []),
            "metadata": sorted(metadata), "ok": run.error is None,
            "children": [tree_of(child) for child in run.child_runs]}


def theirs(chain, value, config, how):
    recorder = Recorder()
    config = {**config, "callbacks": [recorder]}

    async def run():
        if how == "invoke":
            return await chain.ainvoke(value, config)
        return [chunk async for chunk in chain.astream(value, config)]

    try:
        asyncio.run(run())
    except Exception as error:  # which the runs tell of
        assert "no" in str(error), error
    return recorder.roots


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("observe")
    store = f"store: {{path: {folder / 'store.db'}}}\n"
    (folder / "app.yaml").write_text(store + YAML + "routes: {/x: f}\n")
    tools = pathlib.Path(os.environ.get("LANGSERVED_TOOLS") or servers.REPO / "build")

    def run(chain, value, config, how):
        done = subprocess.run([tools / "observe_tool", folder / "app.yaml", chain, how,
                               json.dumps(value), json.dumps(config)], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0 and "Sanitizer" not in done.stderr, done.stderr
        steps, roots = {}, []
        for line in map(json.loads, done.stdout.splitlines()):
            if "ok" in line:
                steps[line["id"]]["ok"] = line["ok"]
                continue
            step = {"name": line["name"], "type": line["type"], "tags": line["tags"],
                    "metadata": sorted(line["metadata"]), "children": []}
            steps[line["id"]] = step
            (steps[line["parent"]]["children"] if line["parent"] else roots).append(step)
        return roots

    return run


@pytest.mark.parametrize("how", ["invoke", "stream"])
@pytest.mark.parametrize("name", CASES)
def test_steps(tool, name, how):
    chain, value, config = CASES[name]
    ours = tool(name, value, config, how)
    assert ours
    if (name, how) not in OTHERWISE:
        assert ours == theirs(chain, value, config, how)
