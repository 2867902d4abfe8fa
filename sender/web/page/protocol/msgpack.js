// The part of msgpack that the protocol uses: null, booleans, numbers, text, arrays, and maps with numbers as keys.

const MAX_DEPTH = 8; // the protocol's deepest message has three levels
const MAX_ITEMS = 64; // in one array or map; the largest of ours has 32 codecs

const TEXT = new TextEncoder();
const STRICT_TEXT = new TextDecoder("utf-8", { fatal: true });

/** A number that is written as a float even where it is whole. */
export class Float {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}

/** Bytes that are no msgpack, or more of it than a message may have. */
export class MsgpackError extends Error {}

/**
 * @param {unknown} value null, boolean, whole number, Float, string, array, or Map from number
 * @returns {Uint8Array}
 */
export function encode(value) {
  /** @type {number[]} */
  const out = [];
  write(value, out);
  return Uint8Array.from(out);
}

/** @param {unknown} value @param {number[]} out */
function write(value, out) {
  if (value === null) out.push(0xc0);
  else if (typeof value === "boolean") out.push(value ? 0xc3 : 0xc2);
  else if (typeof value === "number") writeInteger(value, out);
  else if (value instanceof Float) out.push(0xcb, ...bytesOf(8, (view) => view.setFloat64(0, value.value)));
  else if (typeof value === "string") writeText(value, out);
  else if (Array.isArray(value)) {
    writeLength(value.length, 0x90, 0xdc, out);
    for (const item of value) write(item, out);
  } else if (value instanceof Map) {
    writeLength(value.size, 0x80, 0xde, out);
    for (const [key, item] of value) {
      write(key, out);
      write(item, out);
    }
  } else throw new TypeError(`msgpack has no place for ${typeof value}`);
}

/** @param {number} value @param {number[]} out */
function writeInteger(value, out) {
  if (!Number.isSafeInteger(value)) throw new TypeError(`needed a whole number of at most 2^53, got ${value}`);
  if (value >= 0) {
    if (value < 0x80) out.push(value);
    else if (value < 2 ** 8) out.push(0xcc, value);
    else if (value < 2 ** 16) out.push(0xcd, ...bytesOf(2, (view) => view.setUint16(0, value)));
    else if (value < 2 ** 32) out.push(0xce, ...bytesOf(4, (view) => view.setUint32(0, value)));
    else out.push(0xcf, ...bytesOf(8, (view) => view.setBigUint64(0, BigInt(value))));
  } else if (value >= -0x20) out.push(value + 256);
  else if (value >= -(2 ** 7)) out.push(0xd0, value + 256);
  else if (value >= -(2 ** 15)) out.push(0xd1, ...bytesOf(2, (view) => view.setInt16(0, value)));
  else if (value >= -(2 ** 31)) out.push(0xd2, ...bytesOf(4, (view) => view.setInt32(0, value)));
  else out.push(0xd3, ...bytesOf(8, (view) => view.setBigInt64(0, BigInt(value))));
}

/** @param {string} value @param {number[]} out */
function writeText(value, out) {
  const bytes = TEXT.encode(value);
  if (bytes.length < 32) out.push(0xa0 | bytes.length);
  else if (bytes.length < 2 ** 8) out.push(0xd9, bytes.length);
  else out.push(0xda, ...bytesOf(2, (view) => view.setUint16(0, bytes.length)));
  out.push(...bytes);
}

/** @param {number} length @param {number} short @param {number} long @param {number[]} out */
function writeLength(length, short, long, out) {
  if (length < 16) out.push(short | length);
  else out.push(long, ...bytesOf(2, (view) => view.setUint16(0, length)));
}

/** @param {number} count @param {(view: DataView) => void} fill */
function bytesOf(count, fill) {
  const bytes = new Uint8Array(count);
  fill(new DataView(bytes.buffer));
  return bytes;
}

/**
 * @param {Uint8Array} data one value and nothing behind it
 * @returns {unknown} as `encode` takes it; whole numbers beyond 2^53 as BigInt, floats as numbers
 * @throws {MsgpackError}
 */
export function decode(data) {
  const reader = new Reader(data);
  const value = reader.value(0);
  if (reader.at !== data.length) throw new MsgpackError(`${data.length - reader.at} bytes behind the message`);
  return value;
}

class Reader {
  /** @param {Uint8Array} data */
  constructor(data) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.at = 0;
  }

  /** @param {number} depth @returns {unknown} */
  value(depth) {
    if (depth > MAX_DEPTH) throw new MsgpackError("nested too deeply");
    const first = this.number(1, (view, at) => view.getUint8(at));
    if (first < 0x80) return first;
    if (first < 0x90) return this.map(first & 15, depth);
    if (first < 0xa0) return this.array(first & 15, depth);
    if (first < 0xc0) return this.text(first & 31);
    if (first >= 0xe0) return first - 256;
    switch (first) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xca: return this.number(4, (view, at) => view.getFloat32(at));
      case 0xcb: return this.number(8, (view, at) => view.getFloat64(at));
      case 0xcc: return this.number(1, (view, at) => view.getUint8(at));
      case 0xcd: return this.number(2, (view, at) => view.getUint16(at));
      case 0xce: return this.number(4, (view, at) => view.getUint32(at));
      case 0xcf: return safe(this.number(8, (view, at) => view.getBigUint64(at)));
      case 0xd0: return this.number(1, (view, at) => view.getInt8(at));
      case 0xd1: return this.number(2, (view, at) => view.getInt16(at));
      case 0xd2: return this.number(4, (view, at) => view.getInt32(at));
      case 0xd3: return safe(this.number(8, (view, at) => view.getBigInt64(at)));
      case 0xd9: return this.text(this.number(1, (view, at) => view.getUint8(at)));
      case 0xda: return this.text(this.number(2, (view, at) => view.getUint16(at)));
      case 0xdc: return this.array(this.number(2, (view, at) => view.getUint16(at)), depth);
      case 0xde: return this.map(this.number(2, (view, at) => view.getUint16(at)), depth);
      default: throw new MsgpackError(`no message of ours has the type ${first}`);
    }
  }

  /** @template T @param {number} count @param {(view: DataView, at: number) => T} read @returns {T} */
  number(count, read) {
    if (this.at + count > this.data.length) throw new MsgpackError("the message ends early");
    this.at += count;
    return read(this.view, this.at - count);
  }

  /** @param {number} count */
  text(count) {
    if (this.at + count > this.data.length) throw new MsgpackError("the message ends early");
    this.at += count;
    try {
      return STRICT_TEXT.decode(this.data.subarray(this.at - count, this.at));
    } catch {
      throw new MsgpackError("needed UTF-8");
    }
  }

  /** @param {number} count @param {number} depth */
  array(count, depth) {
    if (count > MAX_ITEMS) throw new MsgpackError(`an array of ${count}`);
    return Array.from({ length: count }, () => this.value(depth + 1));
  }

  /** @param {number} count @param {number} depth */
  map(count, depth) {
    if (count > MAX_ITEMS) throw new MsgpackError(`a map of ${count}`);
    return new Map(Array.from({ length: count }, () => [this.value(depth + 1), this.value(depth + 1)]));
  }
}

/** @param {bigint} value */
function safe(value) {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= -BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
