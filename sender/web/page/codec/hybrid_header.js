// The header of a hybrid payload, as docs/hybrid.md describes it, and the chain of checksums through a stream.
// As codec/hybrid/header.py, without the version that only recordings have.

const VERSION = 9;
const COUNTERS = 8;
const KEYFRAME = 1;
const INTER_BYTES = 3;
const KEYFRAME_BYTES = 12;
const FORMATS = ["av1", "h264"];
const SCALES = [[1, 1], [2, 3], [1, 2]];

/** A payload that is none, or does not follow on the last one: a keyframe is needed. */
export class BitstreamError extends Error {}

/**
 * @typedef {object} BaseStream what a keyframe says of the base layer's stream
 * @property {string} format av1 or h264
 * @property {number} number of the format
 * @property {number} scale index into SCALES
 * @property {number} width of the shown picture
 * @property {number} height of the shown picture
 * @property {number} detail how crisp the source is, 0 to 1
 */
/** @typedef {{crf: number, stream: BaseStream | null, packet: Uint8Array}} HybridPayload */

/** Unpacks the payloads from a keyframe on, and keeps their counter and their checksum. */
export class PayloadChain {
  constructor() {
    this.counter = 0;
    /** @type {number | null} null while the chain is broken */
    this.checksum = null;
  }

  /** @param {Uint8Array} payload @returns {HybridPayload} */
  unpack(payload) {
    try {
      return this.next(payload);
    } catch (error) {
      this.checksum = null;
      throw error;
    }
  }

  /** @param {Uint8Array} payload @returns {HybridPayload} */
  next(payload) {
    if (payload.length < INTER_BYTES + 1) throw new BitstreamError(`a payload of ${payload.length} bytes`);
    const keyframe = (payload[0] & KEYFRAME) !== 0;
    const counter = (payload[0] >> 1) & (COUNTERS - 1);
    if (payload[0] >> 4 !== VERSION || (keyframe && counter !== 0)) {
      throw new BitstreamError(`the first byte ${payload[0]} is not a hybrid payload's`);
    }
    const headBytes = keyframe ? KEYFRAME_BYTES : INTER_BYTES;
    if (payload.length < headBytes + 1) throw new BitstreamError(`a keyframe of ${payload.length} bytes`);
    if (!keyframe && this.checksum === null) throw new BitstreamError("no keyframe has been decoded yet");
    if (!keyframe && counter !== (this.counter + 1) % COUNTERS) {
      throw new BitstreamError(`frame ${counter} came, ${(this.counter + 1) % COUNTERS} is next`);
    }
    const shownBytes = keyframe ? 4 : 1;
    const head = payload.subarray(0, headBytes - shownBytes);
    const packet = payload.subarray(headBytes);
    const checksum = crc32(packet, crc32(head, keyframe ? 0 : this.checksum ?? 0));
    for (let at = 0; at < shownBytes; at += 1) {
      if (payload[head.length + at] !== ((checksum >>> (8 * at)) & 255)) {
        throw new BitstreamError("a packet was altered on its way");
      }
    }
    this.counter = counter;
    this.checksum = checksum;
    return { crf: payload[1], stream: keyframe ? unpackStream(head) : null, packet };
  }
}

/** @param {Uint8Array} head @returns {BaseStream} */
function unpackStream(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const number = head[2] & 15;
  const scale = head[2] >> 4;
  const [width, height] = [view.getUint16(4, true), view.getUint16(6, true)];
  if (number >= FORMATS.length || scale >= SCALES.length) throw new BitstreamError(`base format ${number} at size ${scale}`);
  if (width < 64 || height < 64 || width > 3840 || height > 2160) throw new BitstreamError(`a size of ${width}x${height}`);
  return { format: FORMATS[number], number, scale, width, height, detail: head[3] / 255 };
}

/** Width and height of the coded picture; even, as 4:2:0 wants it. @param {BaseStream} stream */
export function codedSize(stream) {
  const [over, under] = SCALES[stream.scale];
  const coded = (/** @type {number} */ shown) => 2 * Math.ceil((shown * over) / (2 * under));
  return { width: coded(stream.width), height: coded(stream.height) };
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** zlib's CRC-32, continued from `before`. @param {Uint8Array} data @param {number} before @returns {number} */
export function crc32(data, before = 0) {
  let value = ~before;
  for (const byte of data) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}
