// The page's messages are those of the Python protocol, byte by byte (file: what protocol_samples.py made).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { MessageError } from "../../../../sender/web/page/protocol/fields.js";
import { pack, unpackAll } from "../../../../sender/web/page/protocol/messages.js";
import { decode, encode } from "../../../../sender/web/page/protocol/msgpack.js";

const GOLDEN = JSON.parse(readFileSync(process.env.GOLDEN_MESSAGES, "utf8"));
const NOT_ON_THE_WIRE = ["encodeUs", "qualityPermille"]; // of a frame
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

function plain(message) {
  const shown = { ...message };
  if (shown.payload instanceof Uint8Array) shown.payload = Buffer.from(shown.payload).toString("hex");
  return shown;
}

for (const { from, hex, messages } of GOLDEN) {
  const wanted = messages.map((message) => ({ ...message }));
  for (const message of wanted) if (message.kind === "frame") for (const name of NOT_ON_THE_WIRE) delete message[name];
  if (from === "receiver") {
    test(`a ${wanted[0].kind} is packed as the Python receiver packs it: ${hex.slice(0, 20)}`, () => {
      assert.equal(Buffer.from(pack(wanted[0])).toString("hex"), hex);
    });
  } else {
    test(`a ${wanted[0].kind} of the sender is read: ${hex.slice(0, 20)}`, () => {
      assert.deepEqual(unpackAll(bytes(hex), 1 << 20).map(plain), wanted);
    });
  }
}

test("riders come in front of the message that carries them", () => {
  const ping = { kind: "ping", number: 9, sentReceiverUs: 5, minRttUs: 7 };
  const data = pack({ kind: "ack", sequence: 3, holdUs: 4 }, [ping]);
  assert.equal(data[0], 0x08);
  assert.deepEqual(unpackAll(data.subarray(0, 2 + data[1] + 1 + 5).subarray(2, 2 + data[1])), [ping]);
});

test("whatever comes is a message or a MessageError", () => {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  let read = 0;
  for (let round = 0; round < 20000; round += 1) {
    const data = bytes(GOLDEN[Math.floor(random() * GOLDEN.length)].hex);
    for (let count = 1 + Math.floor(3 * random()); count > 0; count -= 1) {
      data[Math.floor(random() * data.length)] = Math.floor(random() * 256);
    }
    const cut = random() < 0.3 ? data.subarray(0, Math.floor(random() * data.length)) : data;
    try {
      unpackAll(cut, 1 << 16);
      read += 1;
    } catch (error) {
      assert.ok(error instanceof MessageError, `${error.stack}`);
    }
  }
  assert.ok(read > 1000);
});

test("msgpack has the bounds that messages have", () => {
  assert.deepEqual(decode(encode([1, -1, 300, -70000, 2 ** 40, true, null, "é"])), [1, -1, 300, -70000, 2 ** 40, true, null, "é"]);
  assert.throws(() => decode(Uint8Array.of(0xdc, 0xff, 0xff)), /an array of 65535/);
  assert.throws(() => decode(new Uint8Array(40).fill(0x91)), /nested too deeply/);
  assert.throws(() => decode(Uint8Array.of(0xc0, 0xc0)), /behind the message/);
});
