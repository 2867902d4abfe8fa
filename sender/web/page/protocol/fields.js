// Kinds of message fields: the type and the range of each, as protocol/wire/fields.py has them.

import { Float } from "./msgpack.js";

/** A message that no peer of ours sends; the text says what was needed and what came. */
export class MessageError extends Error {}

/**
 * @typedef {object} Kind
 * @property {(value: unknown, name: string) => any} read checks what came; MessageError where it is out of range
 * @property {(value: any, inner: (record: Record, value: object) => unknown) => unknown} write for msgpack
 */
/** @typedef {{name: string, kind: Kind, fallback?: unknown}} Field without `fallback` it is required */
/** @typedef {{name: string, fields: Field[]}} Record */

export const MAX_COUNT = 2 ** 53 - 1;
export const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024;

/** @param {string} name @param {string} needed @param {unknown} value @returns {never} */
function refuse(name, needed, value) {
  throw new MessageError(`${name}: needed ${needed}, got ${String(value).slice(0, 40)}`);
}

/** @param {number} least @param {number} greatest @returns {Kind} */
export function whole(least, greatest) {
  return {
    read(value, name) {
      const fits = Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= greatest;
      return fits ? value : refuse(name, `a whole number from ${least} to ${greatest}`, value);
    },
    write: (value) => value,
  };
}

/** @param {number} least @param {number} greatest @returns {Kind} */
export function real(least, greatest) {
  return {
    read(value, name) {
      const fits = typeof value === "number" && value >= least && value <= greatest;
      return fits ? value : refuse(name, `a number from ${least} to ${greatest}`, value);
    },
    write: (value) => new Float(value),
  };
}

/** @param {number} longest characters @returns {Kind} */
export function text(longest) {
  return {
    read: (value, name) =>
      typeof value === "string" && [...value].length <= longest ? value : refuse(name, `text of ${longest} characters`, value),
    write: (value) => value,
  };
}

/** @type {Kind} */
export const flag = {
  read: (value, name) => (typeof value === "boolean" ? value : refuse(name, "true or false", value)),
  write: (value) => value,
};

/** @param {Kind} kind @returns {Kind} */
export function optional(kind) {
  return {
    read: (value, name) => (value === null ? null : kind.read(value, name)),
    write: (value, inner) => (value === null ? null : kind.write(value, inner)),
  };
}

/** @param {Record} record @returns {Kind} */
export function inner(record) {
  return { read: (value) => fromRecord(record, value), write: (value, pack) => pack(record, value) };
}

/** @param {Record} record @param {number} most @returns {Kind} */
export function list(record, most) {
  return {
    read: (value, name) =>
      Array.isArray(value) && value.length <= most
        ? value.map((item) => fromRecord(record, item))
        : refuse(name, `a list of at most ${most}`, value),
    write: (value, pack) => value.map((/** @type {object} */ item) => pack(record, item)),
  };
}

export const count = whole(0, MAX_COUNT);
export const microseconds = whole(-MAX_COUNT, MAX_COUNT);
export const duration = whole(0, 600_000_000);
export const id16 = whole(0, 2 ** 16 - 1);
export const permille = whole(0, 1000);
export const name = text(64);
export const streamName = text(32);
export const line = text(300);
export const frameRate = real(0.1, 1000);
export const measuredRate = real(0, 1000);
export const frameRateLimit = real(0, 1000);
export const bitRateLimit = real(0, 1e7);
export const milliseconds = real(0, 86_400_000);
export const side = whole(1, 16384);
export const payloadLimit = whole(1, 2 ** 30);

/**
 * A record from either form: an array of its fields in order, or a map from field number, counted from 1.
 * Unknown fields behind the known ones are ignored; missing ones take their fallback.
 * @param {Record} record @param {unknown} packed @returns {any}
 */
export function fromRecord(record, packed) {
  const at = (/** @type {number} */ number) => {
    if (Array.isArray(packed)) return packed[number - 1];
    if (packed instanceof Map) return packed.get(number);
    throw new MessageError(`${record.name}: needed an array or a map`);
  };
  /** @type {{[name: string]: unknown}} */
  const found = {};
  record.fields.forEach((field, index) => {
    const value = at(index + 1);
    if (value !== undefined) found[field.name] = field.kind.read(value, `${record.name}.${field.name}`);
    else if ("fallback" in field) found[field.name] = field.fallback;
    else throw new MessageError(`${record.name}: ${field.name} is missing`);
  });
  return found;
}

/** @param {Record} record @param {any} value @returns {unknown[]} */
export function toArray(record, value) {
  return record.fields.map((field) => field.kind.write(valueOf(field, value), toArray));
}

/** Fields with their fallback are left out. @param {Record} record @param {any} value @returns {Map<number, unknown>} */
export function toMap(record, value) {
  const packed = new Map();
  record.fields.forEach((field, index) => {
    const own = valueOf(field, value);
    if (own !== field.fallback && !(Array.isArray(own) && own.length === 0)) {
      packed.set(index + 1, field.kind.write(own, toMap));
    }
  });
  return packed;
}

/** @param {Field} field @param {any} value */
function valueOf(field, value) {
  return value[field.name] === undefined ? field.fallback : value[field.name];
}
