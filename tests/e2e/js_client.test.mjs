// LangChain.js' RemoteRunnable, unmodified, against the server at BASE_URL.
// Run by test_js_client.py.
import { test } from "node:test";
import assert from "node:assert/strict";
import { RemoteRunnable } from "@langchain/core/runnables/remote";
import { RunnableLambda } from "@langchain/core/runnables";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { applyPatch } from "@langchain/core/utils/json_patch";
import {
  AIMessage,
  AIMessageChunk,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";

const BASE = process.env.BASE_URL;
const FRENCH = "Bonjour, comment allez-vous?";
const JOB = { language: "French", text: "Hello" };
const OTHER_JOB = { language: "German", text: "Bye" };
const COUNTRIES = { countries: [{ name: "France", pop: 67 }], ok: true };

const remote = (path, options) =>
  new RemoteRunnable({ url: BASE + path, options: { timeout: 30000, ...options } });

async function collect(stream) {
  const chunks = [];
  for await (const chunk of await stream) chunks.push(chunk);
  return chunks;
}

// one answer

test("invoke: text", async () => assert.equal(await remote("/translate").invoke(JOB), FRENCH));

test("invoke: a URL that ends in a slash", async () =>
  assert.equal(await remote("/translate/").invoke(JOB), FRENCH));

test("invoke: objects", async () => {
  const value = { x: [1, 1.5, null, true, "é 😀"], y: {} };
  assert.deepEqual(await remote("/parallel").invoke(value), { a: value, b: { seen: value } });
  assert.deepEqual(await remote("/pick_many").invoke(JOB), {
    translated: FRENCH,
    language: "French",
  });
  assert.deepEqual(await remote("/json").invoke({ n: "1" }), COUNTRIES);
});

test("invoke: an object with a text is revived as a prompt (the client's habit)", async () =>
  assert.equal((await remote("/assign").invoke(JOB)).value, "Hello"));

test("invoke: a message comes back as one", async () => {
  const answer = await remote("/chat").invoke("Hi");
  assert.ok(answer instanceof AIMessage);
  assert.equal(answer.content, "Hello there!");
});

test("invoke: messages are taken", async () => {
  const messages = [
    new SystemMessage("s"),
    new HumanMessage({ content: "h", name: "bob" }),
    new AIMessage("a"),
    new ToolMessage({ content: "t", tool_call_id: "c" }),
  ];
  assert.ok((await remote("/chat").invoke(messages)) instanceof AIMessage);
});

test("invoke: a prompt comes back as messages", async () => {
  const value = await remote("/prompt_simple").invoke({ role: "cook", question: "Why?" });
  const messages = value.toChatMessages();
  assert.deepEqual(
    messages.map((m) => [m.getType(), m.content]),
    [
      ["system", "You are a cook."],
      ["human", "Why?"],
    ],
  );
});

// batches

test("batch", async () =>
  assert.deepEqual(await remote("/translate").batch([JOB, OTHER_JOB]), [FRENCH, FRENCH]));

test("batch: none", async () => assert.deepEqual(await remote("/translate").batch([]), []));

test("batch: a config for each, and one for all", async () => {
  const configs = [{ tags: ["a"], metadata: { n: 1 } }, { configurable: { x: 1 } }];
  assert.deepEqual(await remote("/translate").batch([JOB, OTHER_JOB], configs), [FRENCH, FRENCH]);
  assert.deepEqual(await remote("/translate").batch([JOB, OTHER_JOB], { maxConcurrency: 1 }), [
    FRENCH,
    FRENCH,
  ]);
});

test("batch: messages", async () => {
  const answers = await remote("/chat").batch(["a", [new HumanMessage("b")]]);
  assert.deepEqual(
    answers.map((m) => m instanceof AIMessage && m.content),
    ["Hello there!", "Hello there!"],
  );
});

// streams

test("stream: text by character", async () =>
  assert.deepEqual(await collect(remote("/translate").stream(JOB)), [...FRENCH]));

test("stream: message chunks", async () => {
  const chunks = await collect(remote("/chat").stream("Hi"));
  assert.ok(chunks.every((chunk) => chunk instanceof AIMessageChunk));
  assert.deepEqual(
    chunks.map((chunk) => chunk.content),
    [..."Hello there!"],
  );
  assert.equal(chunks.reduce((sum, chunk) => sum.concat(chunk)).content, "Hello there!");
});

test("stream: objects", async () => {
  const chunks = await collect(remote("/assign").stream(JOB));
  assert.equal(chunks.map((chunk) => chunk.translated ?? "").join(""), FRENCH);
  const pairs = (await collect(remote("/parallel").stream({ x: 1 }))).reduce((sum, chunk) => ({
    ...sum,
    ...chunk,
  }));
  assert.deepEqual(pairs, { a: { x: 1 }, b: { seen: { x: 1 } } });
});

test("stream: JSON grows", async () => {
  const snapshots = await collect(remote("/json").stream({ n: "1" }));
  assert.deepEqual(snapshots[0], {});
  assert.deepEqual(snapshots.at(-1), COUNTRIES);
});

test("stream: transform", async () => {
  async function* input() {
    yield JOB;
  }
  assert.equal((await collect(remote("/translate").transform(input(), {}))).join(""), FRENCH);
});

test("stream: twenty at once", async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, () => collect(remote("/translate").stream(JOB))),
  );
  assert.ok(all.every((chunks) => chunks.join("") === FRENCH));
});

test("stream: left early", async () => {
  for await (const chunk of await remote("/translate").stream(JOB)) {
    assert.equal(chunk, "B");
    break;
  }
  assert.equal(await remote("/translate").invoke(JOB), FRENCH);
});

// chains around it

test("pipe: remote into a local parser, whole and streamed", async () => {
  const chain = remote("/chat").pipe(new StringOutputParser());
  assert.equal(await chain.invoke("x"), "Hello there!");
  assert.equal((await collect(chain.stream("x"))).join(""), "Hello there!");
});

test("pipe: a local step into a remote one", async () => {
  const chain = RunnableLambda.from((text) => ({ language: "French", text })).pipe(
    remote("/translate"),
  );
  assert.equal(await chain.invoke("Hello"), FRENCH);
  assert.equal((await collect(chain.stream("Hello"))).join(""), FRENCH);
});

test("pipe: remote into remote", async () => {
  const answer = await remote("/prompt_simple")
    .pipe(remote("/chat"))
    .invoke({ role: "cook", question: "Why?" });
  assert.equal(answer.content, "Hello there!");
});

// config, headers, errors

test("config and headers are taken", async () => {
  const config = {
    tags: ["t"],
    metadata: { m: 1 },
    configurable: { x: 1 },
    runName: "mine",
    recursionLimit: 3,
  };
  assert.equal(
    await remote("/translate", { headers: { "x-key": "value" } }).invoke(JOB, config),
    FRENCH,
  );
  assert.equal((await collect(remote("/translate").stream(JOB, config))).join(""), FRENCH);
});

test("wrong input: 422", async () => {
  await assert.rejects(
    remote("/translate").invoke({ language: 1 }),
    /^Error: 422 Error: .*string_type/s,
  );
  await assert.rejects(collect(remote("/translate").stream({ language: 1 })), /status code 422/);
});

test("an error within a stream reaches the reader", async () =>
  assert.rejects(collect(remote("/pick").stream({})), /Internal Server Error|terminated/));

test("unknown route: 404", async () => assert.rejects(remote("/nothing").invoke("x"), /404 Error/));

// run logs and events

// The client yields some patches twice, so that lists have items twice: its habit.
async function logOf(stream) {
  let state = null;
  for (const patch of await collect(stream))
    state = applyPatch(state, structuredClone(patch.ops)).newDocument;
  return state;
}

test("streamLog: the patches add up", async () => {
  const state = await logOf(remote("/translate").streamLog(JOB));
  assert.equal(state.final_output, FRENCH);
  assert.deepEqual(Object.keys(state.logs), [
    "ChatPromptTemplate",
    "FakeListChatModel",
    "StrOutputParser",
  ]);
});

test("streamLog: filtered", async () => {
  const state = await logOf(remote("/translate").streamLog(JOB, {}, { includeTypes: ["llm"] }));
  assert.deepEqual(Object.keys(state.logs), ["FakeListChatModel"]);
});

test("streamEvents: each step's start, chunks and end", async () => {
  const events = await collect(remote("/translate").streamEvents(JOB, { version: "v2" }));
  const told = new Set(events.map((e) => `${e.event} ${e.name}`));
  for (const kind of ["on_chain_start /translate", "on_prompt_end ChatPromptTemplate",
    "on_chat_model_stream FakeListChatModel", "on_parser_end StrOutputParser",
    "on_chain_end /translate"])
    assert.ok(told.has(kind), kind);
  assert.equal(events.at(-1).data.output, FRENCH);
});

test("streamEvents: filtered", async () => {
  const events = await collect(
    remote("/translate").streamEvents(JOB, { version: "v2" }, { includeTypes: ["prompt"] }),
  );
  assert.deepEqual(
    events.map((e) => e.event),
    ["on_prompt_start", "on_prompt_end"],
  );
});
