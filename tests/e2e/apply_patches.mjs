// Reads a JSON list of lists of operations, and prints what each makes of null, by two libraries.
import { readFileSync } from "node:fs";
import fastJsonPatch from "fast-json-patch";
import { applyPatch } from "rfc6902";

const same = (value) => JSON.parse(JSON.stringify(value));

function byFast(operations) {
  // Validates each operation; the first one replaces the whole document.
  return fastJsonPatch.applyPatch(null, same(operations), true).newDocument;
}

function byRfc6902(operations) {
  // It changes the document in place, so that the whole stands below a key.
  const root = { document: null };
  const below = same(operations).map((op) => ({ ...op, path: "/document" + op.path }));
  const failed = applyPatch(root, below).filter((error) => error);
  if (failed.length > 0) throw failed[0];
  return root.document;
}

const streams = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(streams.map((ops) => [byFast(ops), byRfc6902(ops)])));
