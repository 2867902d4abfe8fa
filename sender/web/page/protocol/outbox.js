// The messages that the session sends: packed at the moment they leave, small ones in front of an ACK.
// As protocol/session/outbox.py.

import { pack } from "./messages.js";

/** @typedef {import("./messages.js").Message} Message */
/** @typedef {{message: Message, patienceUs: number, dueUs: number | null}} Rider waits for an ACK to ride on */

export class Outbox {
  constructor() {
    /** @type {Message[]} */
    this.waiting = [];
    /** @type {Rider[]} */
    this.riders = [];
  }

  /** Throw away what waits. */
  forget() {
    this.waiting = [];
    this.riders = [];
  }

  /** One with patience waits so long for an ACK that it can ride on. @param {Message} message @param {number} patienceUs */
  put(message, patienceUs) {
    if (patienceUs > 0) this.riders.push({ message, patienceUs, dueUs: null });
    else this.waiting.push(message);
  }

  /** When messages that wait to ride go out by themselves. @returns {number[]} */
  get timersUs() {
    return this.riders.flatMap((rider) => (rider.dueUs === null ? [] : [rider.dueUs]));
  }

  /** @param {number} nowUs @returns {Uint8Array[]} */
  drain(nowUs) {
    for (const rider of this.riders) rider.dueUs ??= nowUs + rider.patienceUs;
    const outgoing = this.waiting.map((message) => {
      const rider = message.kind === "ack" ? this.riders.shift() : undefined;
      return pack(stamped(message, nowUs), rider === undefined ? [] : [stamped(rider.message, nowUs)]);
    });
    this.waiting = [];
    const due = this.riders.filter((rider) => (rider.dueUs ?? 0) <= nowUs);
    this.riders = this.riders.filter((rider) => !due.includes(rider));
    return [...outgoing, ...due.map((rider) => pack(stamped(rider.message, nowUs)))];
  }
}

/** Fill in the time of sending. @param {Message} message @param {number} nowUs */
function stamped(message, nowUs) {
  return message.kind === "ping" ? { ...message, sentReceiverUs: nowUs } : message;
}
