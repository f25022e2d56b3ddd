"""Measures langserved beside LangServe and nginx, and in front of a stub provider.

    make bench                               everything, as Markdown
    make bench ARGS=--write                  and into docs/performance.md
    make bench ARGS="--only invoke,start --seconds 3"
"""

import argparse
import pathlib
import sys
import tempfile

import gateway
import measure
import primitives
import production
import report
import servers
import upstream

ENDPOINTS = ("invoke", "stream", "batch", "stream_log", "stream_events")
PARTS = (*ENDPOINTS, "memory", "start", "upstream", "gateway", "production", "primitives")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10, help="of each run (default 10)")
    parser.add_argument("--only", type=parts, default=PARTS, metavar="PART,…",
                        help=f"some of {','.join(PARTS)}")
    parser.add_argument("--binary", type=pathlib.Path, default=servers.REPO / "build/langserved")
    parser.add_argument("--write", action="store_true",
                        help="put the tables into docs/performance.md (everything is measured)")
    args = parser.parse_args()
    if args.write and args.only != PARTS:
        parser.error("--write goes with all parts, not with --only")
    if not args.binary.exists():
        parser.error(f"{args.binary} is not there: `make build` first")
    return args


def parts(text):
    names = tuple(text.split(","))
    unknown = set(names) - set(PARTS)
    if unknown:
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
    return names


def say(text):
    print(text, file=sys.stderr, flush=True)


def all_servers(args, folder):
    """Those that are compared, and what each can answer."""
    return (
        (servers.ours(args.binary, folder), ENDPOINTS),
        (servers.langserve(folder), ENDPOINTS),
        (servers.nginx(folder), ("invoke",)),
    )


def throughput_and_memory(args, folder):
    """Requests per second by endpoint and server; and the workers' memory after that load."""
    chosen = [name for name in ENDPOINTS if name in args.only]
    if not chosen and "memory" in args.only:
        chosen = list(ENDPOINTS)  # memory is that after a load
    results, memory = {name: {} for name in chosen}, {}
    for server, endpoints in all_servers(args, folder) if chosen else ():
        with server:
            for endpoint in chosen:
                if endpoint in endpoints:
                    say(f"{server.name}: {endpoint}")
                    results[endpoint][server.name] = measure.throughput(
                        server, endpoint, args.seconds, folder)
            memory[server.name] = measure.worker_memory(server)
    return results, memory if "memory" in args.only else {}


def starts(args, folder):
    """Seconds to the first answer, by server and path."""
    def ours():
        return servers.ours(args.binary, folder)

    def langserve():
        return servers.langserve(folder)

    say("starts")
    invoke = ("/translate/invoke", measure.BODIES["invoke"])
    return {
        ("langserved", "/health"): measure.first_answer(ours, "/health"),
        ("langserved", invoke[0]): measure.first_answer(ours, *invoke),
        ("langserve", invoke[0]): measure.first_answer(langserve, *invoke),
    }


def upstream_figures(args, folder):
    tools = upstream.Tools(folder)
    say("upstream: processor time per chunk")
    chunk_us = upstream.cpu_per_chunk(tools, args.binary)
    say("upstream: added latency")
    latency = upstream.added_latency(tools, args.binary, args.seconds)
    say("upstream: open streams")
    streams = [upstream.open_streams_memory(tools, args.binary, n) for n in (1000, 10000)]
    return {"chunk_us": chunk_us, "latency": latency, "streams": streams}


def main():
    args = arguments()
    servers.set_up_process()
    with tempfile.TemporaryDirectory(prefix="langserved-bench-") as folder:
        figures = {}
        figures["throughput"], figures["memory"] = throughput_and_memory(args, folder)
        if "start" in args.only:
            figures["start"] = starts(args, folder)
        if "upstream" in args.only:
            figures["upstream"] = upstream_figures(args, folder)
        if "gateway" in args.only:
            say("gateway" if gateway.is_there() else f"gateway: {gateway.WANTED}")
            figures["gateway"] = gateway.figures(folder, args.binary)
        if "production" in args.only:
            say("production")
            figures["production"] = production.figures(folder, args.binary, args.seconds)
        if "primitives" in args.only:
            say("primitives")
            figures["primitives"] = primitives.figures(args.binary, folder)
    text = report.markdown(figures)
    print(text)
    if args.write:
        report.write(text)


if __name__ == "__main__":
    main()
