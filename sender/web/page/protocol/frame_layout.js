// The messages that come with every frame or carry large payloads, byte by byte (docs/protocol.md).

import { MAX_COUNT, MAX_PAYLOAD_BYTES, MessageError } from "./fields.js";

export const SEQUENCES = 2 ** 16;
export const CAPTURES = 2 ** 24; // capture times on the wire are modulo this, in microseconds

const ACK = 0x10;
const FRAME_PAIR = 0x18;
const FRAME_PART = 0x20;
const STILL_PART = 0x30;
const FRAME = 0x40;
const KEYFRAME = 1;
const DROPPABLE = 2;
const FULL = 4;
const DISTANCE = 8;
const PARTS = 16;
const MAX_PAIR_BYTES = 4096;
const DELAY_STEP_US = 100;
const MAX_HOLD_US = 2 ** 24 - 1;
const MAX_REASON_CHARACTERS = 300;

/**
 * @typedef {object} Frame
 * @property {"frame"} kind
 * @property {number} sequence modulo 2^16 where not `full`
 * @property {number} captureSenderUs sender's clock; modulo 2^24 where not `full`
 * @property {number} sendDelayUs from capture to sending
 * @property {boolean} keyframe
 * @property {boolean} droppable
 * @property {boolean} full
 * @property {number} chainDistance
 * @property {number} parts messages that hold the payload
 * @property {boolean} firstOfPair
 * @property {Uint8Array} payload
 */

/** @param {{[field: string]: any}} ack `sequence`, and `holdUs` in the receiver's queue */
export function packAck(ack) {
  const bytes = new Uint8Array(6);
  const view = new DataView(bytes.buffer);
  const holdUs = Math.min(Math.max(0, ack.holdUs), MAX_HOLD_US);
  view.setUint8(0, ACK);
  view.setUint16(1, ack.sequence % SEQUENCES);
  view.setUint8(3, holdUs >>> 16);
  view.setUint16(4, holdUs & 0xffff);
  return bytes;
}

/**
 * @param {Uint8Array} data whose first byte is below 0x80
 * @param {number} maxPayloadBytes
 * @returns {any[]} the message, or the two frames of a pair
 */
export function laidOut(data, maxPayloadBytes) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  try {
    const messages = unpackLaidOut(data, view);
    for (const message of messages) {
      const bytes = message.payload?.length ?? 0;
      if (bytes > maxPayloadBytes) throw new MessageError(`a payload of ${bytes} bytes`);
    }
    return messages;
  } catch (error) {
    if (error instanceof RangeError) throw new MessageError(`message ${data[0]} ends early`);
    throw error;
  }
}

/** @param {Uint8Array} data @param {DataView} view @returns {any[]} */
function unpackLaidOut(data, view) {
  if ((data[0] & ~0x3f) === FRAME) return [unpackFrame(data)];
  if (data[0] === FRAME_PAIR) return unpackPair(data, view);
  if (data[0] === FRAME_PART) {
    return [{ kind: "framePart", sequence: view.getUint16(1), part: view.getUint16(3), payload: data.slice(5) }];
  }
  if (data[0] === STILL_PART) return [unpackStill(data, view)];
  throw new MessageError(`needed a message, got ${data.length} bytes that begin with ${data[0]}`);
}

/** @param {Uint8Array} data @returns {Frame} */
function unpackFrame(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const flags = data[0] & 0x3f;
  if (flags & 0x20 || (flags & KEYFRAME && !(flags & FULL))) throw new MessageError(`flags ${flags} of a FRAME`);
  const full = (flags & FULL) !== 0;
  const sequence = full ? Number(view.getBigUint64(1)) : view.getUint16(1);
  const captureSenderUs = full ? Number(view.getBigInt64(9)) : (view.getUint8(3) << 16) | view.getUint16(4);
  if (sequence > MAX_COUNT || Math.abs(captureSenderUs) > MAX_COUNT) {
    throw new MessageError("needed a sequence and a capture time of at most 2^53");
  }
  let at = full ? 17 : 6;
  const sendDelayUs = view.getUint16(at) * DELAY_STEP_US;
  const extra = (/** @type {number} */ which) => {
    if (!(flags & which)) return 1;
    at += 2;
    const value = view.getUint16(at);
    if (value === 1) throw new MessageError("needed a number only where it is not 1");
    return value;
  };
  const chainDistance = extra(DISTANCE);
  const parts = extra(PARTS);
  return {
    kind: "frame",
    sequence,
    captureSenderUs,
    sendDelayUs,
    keyframe: (flags & KEYFRAME) !== 0,
    droppable: (flags & DROPPABLE) !== 0,
    full,
    chainDistance,
    parts,
    firstOfPair: false,
    payload: data.slice(at + 2),
  };
}

/** @param {Uint8Array} data @param {DataView} view @returns {Frame[]} */
function unpackPair(data, view) {
  if (data.length > MAX_PAIR_BYTES) throw new MessageError(`a pair of ${data.length} bytes`);
  const length = view.getUint16(1);
  const halves = [data.subarray(3, 3 + length), data.subarray(3 + length)];
  if (halves.some((half) => half.length === 0 || (half[0] & ~0x3f) !== FRAME)) {
    throw new MessageError("needed a pair of FRAMEs");
  }
  const frames = halves.map(unpackFrame);
  if (frames.some((frame) => frame.parts !== 1)) throw new MessageError("needed whole frames in a pair");
  frames[0].firstOfPair = true;
  return frames;
}

/** @param {Uint8Array} data @param {DataView} view */
function unpackStill(data, view) {
  const sequence = Number(view.getBigUint64(1));
  const offset = view.getUint32(9);
  const totalBytes = view.getUint32(13);
  if (sequence > MAX_COUNT || Math.max(offset, totalBytes) > 2 * MAX_PAYLOAD_BYTES) {
    throw new MessageError(`needed a still of at most ${2 * MAX_PAYLOAD_BYTES} bytes`);
  }
  const rest = data.slice(17);
  if (totalBytes > 0) return { kind: "stillPart", sequence, offset, totalBytes, payload: rest, reason: "" };
  const reason = new TextDecoder().decode(rest);
  if ([...reason].length > MAX_REASON_CHARACTERS) throw new MessageError("needed a shorter reason");
  return { kind: "stillPart", sequence, offset, totalBytes, payload: new Uint8Array(), reason };
}

/** The numbers of the last frame of a link, which make those of the next one whole again. */
export class FrameNumbers {
  constructor() {
    this.sequence = 0;
    this.captureUs = 0;
  }

  /** @param {Frame} frame @returns {Frame} as it was before its numbers were cut: those nearest to the last frame's */
  restore(frame) {
    if (!frame.full) {
      const sequence = nearest(frame.sequence, this.sequence, SEQUENCES);
      const captureUs = nearest(frame.captureSenderUs, this.captureUs, CAPTURES);
      frame = {
        ...frame,
        sequence: Math.min(Math.max(0, sequence), MAX_COUNT),
        captureSenderUs: Math.min(Math.max(-MAX_COUNT, captureUs), MAX_COUNT),
        full: true,
      };
    }
    this.sequence = frame.sequence;
    this.captureUs = frame.captureSenderUs;
    return frame;
  }
}

/** @param {number} low @param {number} reference @param {number} modulus */
function nearest(low, reference, modulus) {
  const step = (low - reference + modulus / 2) % modulus;
  return reference + (step < 0 ? step + modulus : step) - modulus / 2;
}
