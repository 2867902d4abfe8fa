// The page's session, asked what a Python session was asked over a simulated link, answers the same, byte by byte.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { ReceiverSession } from "../../../../sender/web/page/protocol/receiver_session.js";

const NAMES = ["linkUp", "linkDown", "rejected", "stillArrived", "stillFailed"];
const hex = (data) => Buffer.from(data).toString("hex");

function takenTimes(frame) {
  return frame === null ? null : [frame.sequence, frame.captureLocalUs, frame.clockErrorUs, frame.networkUs];
}

for (const file of process.env.SESSION_TRACES.split(":")) {
  test(`the session of ${file.split("/").at(-1)}`, () => {
    const { wishes, trace } = JSON.parse(readFileSync(file, "utf8"));
    const session = new ReceiverSession(wishes);
    let messages = 0;
    const acts = {
      receive: (nowUs, data) => session.receive(Uint8Array.from(Buffer.from(data, "hex")), nowUs),
      send(nowUs, expected) {
        messages += expected.length;
        assert.deepEqual(session.messagesToSend(nowUs).map(hex), expected);
      },
      take: (nowUs, expected) => assert.deepEqual(takenTimes(session.takeFrame(nowUs)), expected),
      failed: (nowUs, reason) => session.decodeFailed(reason, nowUs),
      report: (report) => session.sendReport(report),
      still: (sequence) => session.requestStill(sequence),
      events(expected) {
        const found = session.events().map((event) => event.kind).filter((kind) => NAMES.includes(kind));
        assert.deepEqual(found, expected);
      },
    };
    trace.forEach(([act, ...rest], step) => {
      try {
        acts[act](...rest);
      } catch (error) {
        error.message = `step ${step} of ${trace.length}, ${act} ${JSON.stringify(rest).slice(0, 200)}: ${error.message}`;
        throw error;
      }
    });
    assert.ok(messages > 50);
    assert.equal(session.malformedMessages, 0);
  });
}
