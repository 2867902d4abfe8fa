// The receiver's side of exact stills: requests one at a time, and puts its slices together.
// As protocol/stills/fetch.py.

import { MAX_PAYLOAD_BYTES } from "./fields.js";

const CREDIT_BYTES = 256 * 1024;
const PATIENCE_US = 10_000_000;
const MAX_TRIES = 3;
const PAUSE_US = 250_000;
const MAX_WAITING = 4;

/** @typedef {{kind: "stillArrived", sequence: number, png: Uint8Array}} StillArrived */
/** @typedef {{kind: "stillFailed", sequence: number, reason: string}} StillFailed */

/** Fetches stills. It lives as long as the session: a still is resumed when the link comes back. */
export class StillFetch {
  constructor() {
    /** @type {number[]} */
    this.waiting = [];
    /** @type {number | null} */
    this.sequence = null;
    /** @type {number | null} */
    this.epoch = null;
    /** @type {Uint8Array} the file; as much of it as `received` says has come */
    this.data = new Uint8Array();
    this.received = 0;
    this.totalBytes = 0;
    this.dueUs = 0;
    this.renew = false;
    this.lost = false;
    this.tries = 0;
    /** @type {number | null} */
    this.endedUs = null;
  }

  get progress() {
    if (this.sequence === null) return null;
    return { sequence: this.sequence, receivedBytes: this.received, totalBytes: this.totalBytes };
  }

  /** Fetch the exact picture behind a frame. @param {number} sequence @returns {StillFailed | null} */
  want(sequence) {
    if (sequence === this.sequence || this.waiting.includes(sequence)) return null;
    if (this.waiting.length >= MAX_WAITING) {
      return { kind: "stillFailed", sequence, reason: `${MAX_WAITING} others wait for their turn` };
    }
    this.waiting.push(sequence);
    return null;
  }

  /** Resume when there is a link again. @param {number} epoch @returns {StillFailed[]} lost with a sender started anew */
  linked(epoch) {
    /** @type {StillFailed[]} */
    let failed = [];
    if (this.epoch !== null && this.epoch !== epoch) {
      const wanted = [...(this.sequence === null ? [] : [this.sequence]), ...this.waiting];
      failed = wanted.map((sequence) => ({ kind: "stillFailed", sequence, reason: "the sender was started anew" }));
      this.sequence = null;
      this.waiting = [];
    }
    this.epoch = epoch;
    if (this.sequence !== null) this.renew = this.lost = true;
    return failed;
  }

  /** The request to send now, if one is due; only while there is a link. @param {number} nowUs */
  dueRequest(nowUs) {
    if (this.sequence === null && !this.begin(nowUs)) return null;
    if (!this.renew && nowUs >= this.dueUs) {
      this.renew = this.lost = true;
      this.tries += 1;
    }
    if (!this.renew || this.tries > MAX_TRIES) return null;
    this.dueUs = nowUs + PATIENCE_US;
    const again = this.lost;
    this.lost = this.renew = false;
    return { kind: "stillRequest", sequence: this.sequence, offset: this.received, creditBytes: CREDIT_BYTES, again };
  }

  /** @param {number} nowUs @returns {StillFailed | null} once, when the sender has answered none of the tries */
  expired(nowUs) {
    if (this.sequence === null || this.tries <= MAX_TRIES) return null;
    return this.fail(nowUs, "the sender does not answer; it may be of an older version");
  }

  /** Take a slice. @param {any} part @param {number} nowUs @returns {StillArrived | StillFailed | null} */
  add(part, nowUs) {
    if (part.sequence !== this.sequence) return null;
    if (part.totalBytes === 0) return this.fail(nowUs, part.reason || "the sender gave no reason");
    if (part.totalBytes > MAX_PAYLOAD_BYTES || ![0, part.totalBytes].includes(this.totalBytes)) {
      return this.fail(nowUs, `the sender speaks of ${part.totalBytes} bytes`);
    }
    if (part.offset !== this.received || part.offset + part.payload.length > part.totalBytes) return null;
    if (this.totalBytes === 0) this.data = new Uint8Array(part.totalBytes);
    this.totalBytes = part.totalBytes;
    this.data.set(part.payload, this.received);
    this.received += part.payload.length;
    this.tries = 0;
    this.renew = true;
    if (this.received < part.totalBytes) return null;
    const png = this.data;
    this.end(nowUs);
    return { kind: "stillArrived", sequence: part.sequence, png };
  }

  /** When a request is due even if nothing comes in; null where no still is wanted. */
  get timerUs() {
    if (this.sequence !== null) return this.renew ? 0 : this.dueUs;
    return this.waiting.length === 0 ? null : (this.endedUs ?? 0) + PAUSE_US;
  }

  /** @param {number} nowUs */
  begin(nowUs) {
    const paused = this.endedUs !== null && nowUs < this.endedUs + PAUSE_US;
    const next = paused ? undefined : this.waiting.shift();
    if (next === undefined) return false;
    this.sequence = next;
    this.data = new Uint8Array();
    this.received = this.totalBytes = this.tries = 0;
    this.renew = true;
    this.lost = false;
    return true;
  }

  /** @param {number} nowUs @param {string} reason @returns {StillFailed} */
  fail(nowUs, reason) {
    const sequence = /** @type {number} */ (this.sequence);
    this.end(nowUs);
    return { kind: "stillFailed", sequence, reason };
  }

  /** @param {number} nowUs */
  end(nowUs) {
    this.sequence = null;
    this.endedUs = nowUs;
    this.data = new Uint8Array();
    this.received = 0;
  }
}
