// What eventsource-parser makes of streams' bytes in pieces of 5, and eventsource of live streams.
// Usage: node parsers.mjs {FILE URL}...; prints a list of {parser: [...], client: [...]}, each item
// of which is [event, data, id].
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../e2e/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { createParser } = await load("eventsource-parser");
const { EventSource } = await load("eventsource");
const PIECE = 5;

function parsed(file) {
  const found = [];
  const parser = createParser({
    onEvent: (e) => found.push([e.event, e.data, e.id]),
    onError: (error) => { throw error; },
  });
  const decoder = new TextDecoder();
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; at += PIECE)
    parser.feed(decoder.decode(bytes.subarray(at, at + PIECE), { stream: true }));
  return found;
}

// Until the server says that nothing is left: 204.
function heard(url) {
  return new Promise((resolve) => {
    const found = [];
    const source = new EventSource(url);
    const keep = (e) => found.push([e.type, e.data, e.lastEventId]);
    source.addEventListener("metadata", keep);
    source.addEventListener("data", keep);
    source.addEventListener("error", (e) => {
      if (e.data !== undefined) keep(e);
      else if (source.readyState === EventSource.CLOSED) resolve(found);
    });
  });
}

const asked = process.argv.slice(2);
const told = [];
for (let i = 0; i < asked.length; i += 2)
  told.push(heard(asked[i + 1]).then((client) => ({ parser: parsed(asked[i]), client })));
console.log(JSON.stringify(await Promise.all(told)));
