"""What a run of each primitive costs, ours beside LangChain's, and how that grows with the steps."""

import json
import pathlib
import subprocess
import sys

import servers

CHAINS = servers.BENCH / "primitives.yaml"
LANGCHAIN = servers.BENCH / "langchain_chains.py"
PROGRAM = "primitives"  # beside the server's binary
MILLISECONDS = 50  # of a round
STEPS = (10, 100, 1000)
ASKED = {"language": "French", "text": "How are you?"}


def run(command, given=None):
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE,
                          input=json.dumps(given) if given is not None else None, text=True)
    return json.loads(done.stdout)


def ours(binary, app_file, inputs):
    with servers.on_core(servers.SERVER_CORE):
        return run([binary.parent / PROGRAM, app_file, MILLISECONDS], inputs)


def langchain(argument):
    with servers.on_core(servers.SERVER_CORE):
        return run([sys.executable, LANGCHAIN, argument])


def comparable(value):
    """Messages of models have ids of their own in each run; LangServe leaves out what sort of
    prompt value messages are."""
    if isinstance(value, list):
        return [comparable(one) for one in value]
    if isinstance(value, dict):
        left_out = ("id", "type") if "messages" in value else ("id",)
        return {key: comparable(one) for key, one in value.items() if key not in left_out}
    return value


def each_primitive(binary):
    """Name: our figures and LangChain's; an error unless both gave the same."""
    theirs = langchain(MILLISECONDS)
    mine = ours(binary, CHAINS, langchain("inputs"))
    for name, figures in theirs.items():
        outputs = [comparable(one[name].pop("output")) for one in (mine, theirs)]
        if outputs[0] != outputs[1]:
            raise RuntimeError(f"{name}: {outputs[0]!r} is not LangChain's {outputs[1]!r}")
    return {name: {"ours": mine[name], "theirs": theirs[name]} for name in theirs}


def nest(kind, steps):
    """Named chains, each a step of the next one."""
    chains = {f"{kind}_inner_1": "passthrough"}
    for i in range(2, steps + 1):
        name = f"{kind}_{i}" if i in STEPS else f"{kind}_inner_{i}"
        within = f"{kind}_{i - 1}" if i - 1 in STEPS else f"{kind}_inner_{i - 1}"
        chains[name] = {"chain": ["passthrough", within], "name": f"step_{i}"}
    return chains


def long_chains():
    chains = nest("nested", max(STEPS))
    for steps in STEPS:
        chains[f"chained_{steps}"] = ["passthrough"] * steps
        chains[f"lambdas_{steps}"] = [{"lambda": "input"}] * steps
    return chains


def by_steps(binary, folder):
    """Kind: steps: our figures."""
    file = pathlib.Path(folder) / "steps.yaml"
    file.write_text(json.dumps({"app": {"title": "steps", "version": "1"},
                                "chains": long_chains()}, indent=1))
    kinds = ("chained", "nested", "lambdas")
    figures = ours(binary, file, {f"{kind}_{steps}": ASKED for kind in kinds for steps in STEPS})
    return {kind: {steps: figures[f"{kind}_{steps}"] for steps in STEPS} for kind in kinds}


def figures(binary, folder):
    return {"each": each_primitive(binary), "steps": by_steps(binary, folder)}
