// npm's lz-string for tests/diff/test_lz_string.py: a line {"pack": text} or {"unpack": text} gives a
// line with the answer, null where there is none (it throws at some texts).
import { createInterface } from "node:readline";
import lz from "lz-string";

function unpacked(text) {
  try {
    return lz.decompressFromEncodedURIComponent(text);
  } catch {
    return null;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { pack, unpack } = JSON.parse(line);
  const answer =
    pack === undefined ? unpacked(unpack) : lz.compressToEncodedURIComponent(pack);
  console.log(JSON.stringify(answer ?? null));
}
