"""The figures as Markdown, with the goals beside them."""

import pathlib

import gateway
import servers

PAGE = servers.REPO / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by `make bench ARGS=--write` -->", "<!-- /figures -->"

NAMES = {"langserved": "langserved", "langserve": "LangServe", "nginx": "nginx"}


def goal(met, text):
    return f"{text}: {'met' if met else 'MISSED'}"


def number(value):
    """Three digits that count, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


OBSERVED = ("stream_log", "stream_events")  # streams that tell of every step
OBSERVED_GOAL = 50


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 2) + ["---"], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def throughput(endpoint, results):
    """Rows of one endpoint: a server each."""
    ours = results["langserved"]["per_second"]
    for name, result in results.items():
        ratio = ours / result["per_second"]
        note = ""
        if name == "langserve":
            least = OBSERVED_GOAL if endpoint in OBSERVED else 100
            note = goal(ratio >= least, f"≥ {least}×")
        elif name == "nginx":
            note = goal(ratio >= 0.5, "≥ 0.5×")
        yield [f"`/{endpoint}`", NAMES[name], number(result["per_second"]),
               "" if name == "langserved" else f"{number(ratio)}×", number(result["p50_ms"]),
               number(result["p99_ms"]), number(result["busy"] / result["per_second"] * 1e6),
               f"{result['busy']:.0%}", f"{result['load_busy']:.0%}", note]


def throughput_table(figures):
    head = ["Endpoint", "Server", "Requests/s", "langserved is", "p50 ms", "p99 ms",
            "CPU µs/request", "Core busy", "wrk's core", "Goal"]
    rows = [row for endpoint, results in figures.items() for row in throughput(endpoint, results)]
    return table(head, rows)


def memory_rows(figures):
    for name, one in figures.items():
        note = goal(one["peak"] < 10, "< 10 MB") if name == "langserved" else ""
        yield [f"Worker's memory after the load, {NAMES[name]}: peak (now; proportional)",
               f"{number(one['peak'])} MB ({number(one['resident'])}; {number(one['share'])})",
               note]


def start_rows(figures):
    for (name, path), seconds in figures.items():
        note = goal(seconds <= 0.020, "≤ 20 ms") if name == "langserved" else ""
        yield [f"Start to first answer of `{path}`, {NAMES[name]}", f"{number(seconds * 1e3)} ms",
               note]


def upstream_rows(figures):
    for name, shown in (("langserved", "langserved"), ("nginx", "nginx that only passes it on"),
                        ("least", "one read and one write")):
        one = figures["chunk_us"][name]
        yield [f"Processor time per streamed chunk, {shown} (in the kernel)",
               f"{number(one['us'])} µs ({number(one['us'] * one['kernel'])})",
               goal(one["us"] < 20, "< 20 µs") if name == "langserved" else ""]
    for name, one in figures["latency"].items():
        yield [f"Added latency at 1,000 requests/s, {name.removesuffix('_ms')} "
               "(through; direct)",
               f"{number(one['added'])} ms ({number(one['through'])}; {number(one['direct'])})",
               ""]
    for one in figures["streams"]:
        note = goal(one["share"] <= 300, "≤ 300 MB") if one["streams"] == 10000 else ""
        yield [f"Memory of all processes with {one['streams']:,} open streams (sum of resident)",
               f"{number(one['share'])} MB ({number(one['resident'])})", note]


def gateway_rows(figures):
    chunks, first = figures["chunks"], figures["first"]
    for name, shown in (("langserved", "langserved"), ("litellm", "LiteLLM's proxy")):
        if name not in chunks:
            yield [f"Streams through {shown}", gateway.WANTED, ""]
            continue
        yield [f"Chunks a second through one worker of {shown}, from a stub that sends as fast as "
               "it can (the stub itself)",
               f"{number(chunks[name])} ({number(chunks['direct'])})", ""]
        yield [f"Added time to the first chunk, {shown} (through; direct)",
               f"{number(first[name] - first['direct'])} ms ({number(first[name])}; "
               f"{number(first['direct'])})", ""]


def production_rows(figures):
    for name, (rate, cpu_us, share) in figures.items():
        shown = "bare" if name == "bare" else f"and {name}"
        note = goal(share > 0.8, "< 20 % less than bare") if name.startswith("traces") else ""
        yield [f"Requests a second of `/invoke`, {shown}",
               f"{number(rate)} ({share - 1:+.0%}; {number(cpu_us)} µs each)", note]


def primitives_table(figures):
    head = ["A run of", "µs", "LangChain", "ratio", "streamed, µs", "LangChain", "ratio", "Goal"]
    empty = figures["empty"]["ours"]["invoke_us"]
    rows = []
    for name, one in figures.items():
        row = [f"`{name}`"]
        for key in ("invoke_us", "stream_us"):
            mine, theirs = one["ours"][key], one["theirs"][key]
            row += [number(mine), number(theirs), f"{number(theirs / mine)}×"]
        note = ""
        if name == "lambda":
            over = one["ours"]["invoke_us"] - empty
            note = goal(over < 5, f"< 5 µs over `empty` ({number(over)})")
        rows.append([*row, note])
    return table(head, rows)


def steps_table(figures):
    """Linear: a step of the longest chain costs little more than one of the middle one."""
    counts = list(next(iter(figures.values())))
    head = ["Steps", "How run", *(f"{count:,}: µs (a step)" for count in counts), "Goal"]
    rows = []
    for kind, by_count in figures.items():
        for key, how in (("invoke_us", "invoked"), ("stream_us", "streamed")):
            cost = [by_count[count][key] for count in counts]
            per_step = [us / count for us, count in zip(cost, counts)]
            rows.append([kind, how, *(f"{number(us)} ({number(step)})"
                                      for us, step in zip(cost, per_step)),
                         goal(per_step[-1] < 2 * per_step[-2], "linear")])
    return table(head, rows)


def markdown(figures):
    """All tables; parts that were not measured are absent."""
    parts = []
    if figures.get("throughput"):
        parts.append(throughput_table(figures["throughput"]))
    rows = []
    for name, make_rows in (("memory", memory_rows), ("start", start_rows),
                            ("upstream", upstream_rows), ("gateway", gateway_rows),
                            ("production", production_rows)):
        if figures.get(name):
            rows.extend(make_rows(figures[name]))
    if rows:
        parts.append(table(["What", "Figure", "Goal"], rows))
    if figures.get("primitives"):
        parts.append(primitives_table(figures["primitives"]["each"]))
        parts.append(steps_table(figures["primitives"]["steps"]))
    return "\n".join(parts)


def write(text, page=PAGE):
    """Puts the tables between the page's markers."""
    page = pathlib.Path(page)
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")
