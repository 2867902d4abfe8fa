// The messages of the protocol, and the bytes that they become: as protocol/wire/packing.py and its neighbours do it.

import * as kinds from "./fields.js";
import { MessageError, fromRecord, toArray, toMap } from "./fields.js";
import { laidOut, packAck } from "./frame_layout.js";
import { MsgpackError, decode, encode } from "./msgpack.js";

export const PROTOCOL_VERSION = 3;
export const RECEIVER = 1; // a HELLO's role
export const RIDER = 0x08;
const MAX_RIDERS = 2;
const MAX_CONTROL_BYTES = 4096;
const FRAME_HEADER_BYTES = 256;

const CODEC_OFFER = {
  name: "CodecOffer",
  fields: [{ name: "name", kind: kinds.name }, { name: "modelId", kind: kinds.name, fallback: "" }],
};

const STREAM = {
  name: "StreamParameters",
  fields: [
    { name: "width", kind: kinds.side },
    { name: "height", kind: kinds.side },
    { name: "fps", kind: kinds.frameRate },
    { name: "codec", kind: kinds.name },
    { name: "modelId", kind: kinds.name, fallback: "" },
    { name: "maxKbps", kind: kinds.bitRateLimit, fallback: 0 },
    { name: "maxPayloadBytes", kind: kinds.payloadLimit, fallback: kinds.MAX_PAYLOAD_BYTES },
    { name: "stream", kind: kinds.id16, fallback: 0 },
    { name: "name", kind: kinds.streamName, fallback: "" },
  ],
};

/** @typedef {{kind: string, [field: string]: any}} Message */

/** The msgpack messages: their number on the wire, their fields, and whether they are a map in every version. */
const RECORDS = {
  hello: {
    number: 1,
    map: true,
    name: "Hello",
    fields: [
      { name: "version", kind: kinds.id16 },
      { name: "role", kind: kinds.id16 },
      { name: "instance", kind: kinds.count },
      { name: "codecs", kind: kinds.list(CODEC_OFFER, 32), fallback: [] },
      { name: "stream", kind: kinds.id16, fallback: 0 },
      { name: "maxKbps", kind: kinds.bitRateLimit, fallback: 0 },
      { name: "maxFps", kind: kinds.frameRateLimit, fallback: 0 },
      { name: "maxPayloadBytes", kind: kinds.payloadLimit, fallback: kinds.MAX_PAYLOAD_BYTES },
      { name: "name", kind: kinds.name, fallback: "" },
    ],
  },
  welcome: {
    number: 2,
    map: false,
    name: "Welcome",
    fields: [
      { name: "version", kind: kinds.id16 },
      { name: "session", kind: kinds.count },
      { name: "epoch", kind: kinds.id16 },
      { name: "parameters", kind: kinds.inner(STREAM) },
    ],
  },
  reject: {
    number: 3,
    map: true,
    name: "Reject",
    fields: [
      { name: "version", kind: kinds.id16 },
      { name: "code", kind: kinds.id16 },
      { name: "text", kind: kinds.line },
    ],
  },
  report: {
    number: 6,
    map: false,
    name: "Report",
    fields: [
      { name: "fps", kind: kinds.measuredRate, fallback: 0 },
      { name: "decodeP50Ms", kind: kinds.milliseconds, fallback: 0 },
      { name: "decodeP95Ms", kind: kinds.milliseconds, fallback: 0 },
      { name: "drops", kind: kinds.count, fallback: 0 },
      { name: "displayedAgeMs", kind: kinds.optional(kinds.milliseconds), fallback: null },
    ],
  },
  keyframeRequest: {
    number: 7,
    map: false,
    name: "KeyframeRequest",
    fields: [
      { name: "afterSequence", kind: kinds.count },
      { name: "reason", kind: kinds.line, fallback: "" },
    ],
  },
  ping: {
    number: 8,
    map: false,
    name: "Ping",
    fields: [
      { name: "number", kind: kinds.count },
      { name: "sentReceiverUs", kind: kinds.microseconds },
      { name: "minRttUs", kind: kinds.optional(kinds.duration), fallback: null },
    ],
  },
  pong: {
    number: 9,
    map: false,
    name: "Pong",
    fields: [
      { name: "number", kind: kinds.count },
      { name: "epoch", kind: kinds.id16 },
      { name: "pingSentReceiverUs", kind: kinds.microseconds },
      { name: "pingReceivedSenderUs", kind: kinds.microseconds },
      { name: "pongSentSenderUs", kind: kinds.microseconds },
      { name: "encodeUs", kind: kinds.duration, fallback: 0 },
      { name: "qualityPermille", kind: kinds.permille, fallback: 500 },
    ],
  },
  bye: {
    number: 10,
    map: false,
    name: "Bye",
    fields: [
      { name: "reason", kind: kinds.line, fallback: "" },
      { name: "sayHello", kind: kinds.flag, fallback: false },
    ],
  },
  stillRequest: {
    number: 12,
    map: false,
    name: "StillRequest",
    fields: [
      { name: "sequence", kind: kinds.count },
      { name: "offset", kind: kinds.count, fallback: 0 },
      { name: "creditBytes", kind: kinds.count, fallback: 0 },
      { name: "again", kind: kinds.flag, fallback: false },
    ],
  },
};

/**
 * @param {Message} message of the receiver: an ack, or one of msgpack
 * @param {Message[]} riders small messages that travel in front of it
 * @returns {Uint8Array}
 */
export function pack(message, riders = []) {
  const packed = riders.flatMap((rider) => {
    const bytes = pack(rider);
    return [Uint8Array.of(RIDER, bytes.length), bytes];
  });
  return joined([...packed, message.kind === "ack" ? packAck(message) : packRecord(message)]);
}

/** @param {Message} message */
function packRecord(message) {
  const record = RECORDS[/** @type {keyof typeof RECORDS} */ (message.kind)];
  if (!record.map) return encode([record.number, ...toArray(record, message)]);
  return encode(new Map([[0, record.number], ...toMap(record, message)]));
}

/**
 * The messages in bytes of the sender: riders first, then the one that carries them; a pair is two frames.
 * @param {Uint8Array} data
 * @param {number} maxPayloadBytes
 * @returns {Message[]}
 * @throws {MessageError}
 */
export function unpackAll(data, maxPayloadBytes = 0) {
  /** @type {Message[]} */
  const messages = [];
  let rest = data;
  while (rest.length > 0 && rest[0] === RIDER && messages.length < MAX_RIDERS) {
    const end = 2 + (rest.length > 1 ? rest[1] : 0);
    messages.push(...unpack(rest.subarray(2, end), 0));
    rest = rest.subarray(end);
  }
  return [...messages, ...unpack(rest, maxPayloadBytes)];
}

/** @param {Uint8Array} data @param {number} maxPayloadBytes @returns {Message[]} */
function unpack(data, maxPayloadBytes) {
  const largest = Math.max(MAX_CONTROL_BYTES, maxPayloadBytes + FRAME_HEADER_BYTES);
  if (data.length === 0 || data.length > largest) {
    throw new MessageError(`needed a message of 1 to ${largest} bytes, got ${data.length}`);
  }
  if (data[0] < 0x80) return laidOut(data, Math.max(MAX_CONTROL_BYTES, maxPayloadBytes));
  if (data.length > MAX_CONTROL_BYTES) throw new MessageError(`${data.length} bytes without a payload`);
  return [unpackRecord(msgpack(data))];
}

/** @param {Uint8Array} data */
function msgpack(data) {
  try {
    return decode(data);
  } catch (error) {
    if (error instanceof MsgpackError) throw new MessageError(`needed msgpack: ${error.message}`);
    throw error;
  }
}

/** @param {unknown} packed @returns {Message} */
function unpackRecord(packed) {
  const asMap = packed instanceof Map;
  if (!asMap && !Array.isArray(packed)) throw new MessageError("needed a msgpack array or map");
  const number = asMap ? packed.get(0) : packed[0];
  const found = Object.entries(RECORDS).find(([, record]) => record.number === number);
  if (found === undefined) throw new MessageError("needed the kind of a message first");
  const [kind, record] = found;
  if (record.map !== asMap) throw new MessageError(`${record.name} came in the form of another version`);
  return { kind, ...fromRecord(record, asMap ? packed : packed.slice(1)) };
}

/** @param {Uint8Array[]} pieces */
export function joined(pieces) {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
