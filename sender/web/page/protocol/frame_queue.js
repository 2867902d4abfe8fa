// The receiver's queue of frames: in order, without holes, and never long; and what joins the parts of large ones.
// As protocol/session/frame_queue.py and protocol/wire/frame_parts.py.

import { SEQUENCES } from "./frame_layout.js";
import { joined } from "./messages.js";

const MAX_QUEUED = 32;
const FREE_QUEUED = 4;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** @typedef {import("./frame_layout.js").Frame} Frame */
/** @typedef {Frame & {arrivalLocalUs: number}} ArrivedFrame */
/** @typedef {{queued: boolean, missed: number, broken: string}} QueueResult `broken`: why only a keyframe is of use now */

/** Joins the parts of one frame at a time; the connection delivers them in order. */
export class FrameAssembler {
  /** @param {number} maxPayloadBytes a frame that grows beyond it is dropped */
  constructor(maxPayloadBytes) {
    this.maxPayloadBytes = maxPayloadBytes;
    /** @type {Frame | null} */
    this.frame = null;
    /** @type {Uint8Array[]} */
    this.chunks = [];
    this.bytes = 0;
  }

  /** Take a FRAME; returns it if it is whole already. @param {Frame} frame @returns {Frame | null} */
  begin(frame) {
    this.frame = null;
    if (frame.parts <= 1) return frame;
    this.frame = frame;
    this.chunks = [frame.payload];
    this.bytes = frame.payload.length;
    return null;
  }

  /**
   * Take a FRAME_PART; returns the frame if it is whole now. A part out of order drops its frame.
   * @param {{sequence: number, part: number, payload: Uint8Array}} part
   * @returns {Frame | null}
   */
  add(part) {
    const frame = this.frame;
    if (frame === null || part.sequence !== frame.sequence % SEQUENCES) return null;
    this.bytes += part.payload.length;
    if (part.part !== this.chunks.length || this.bytes > this.maxPayloadBytes) {
      this.frame = null;
      return null;
    }
    this.chunks.push(part.payload);
    if (this.chunks.length < frame.parts) return null;
    this.frame = null;
    return { ...frame, payload: joined(this.chunks), parts: 1 };
  }
}

/** Lets through what the decoder can use: a keyframe, then every frame that the next ones build on. */
export class FrameQueue {
  constructor() {
    this.awaitingKeyframe = true;
    this.newestSequence = 0;
    this.started = false;
    this.chainSequence = 0;
    /** @type {ArrivedFrame[]} */
    this.waiting = [];
  }

  /** @param {ArrivedFrame} frame @returns {QueueResult} */
  put(frame) {
    if (this.started && frame.sequence <= this.newestSequence) return { queued: false, missed: 0, broken: "" };
    const missed = this.started ? frame.sequence - this.newestSequence - 1 : 0;
    this.started = true;
    this.newestSequence = frame.sequence;
    const broken = this.whyUseless(frame);
    if (broken || (this.awaitingKeyframe && !frame.keyframe)) {
      const first = this.awaitingKeyframe ? "" : broken;
      this.awaitingKeyframe = true;
      return { queued: false, missed, broken: first };
    }
    this.awaitingKeyframe = false;
    if (!frame.droppable) this.chainSequence = frame.sequence;
    this.waiting.push(frame);
    return { queued: true, missed, broken: "" };
  }

  /** @returns {ArrivedFrame | null} the oldest frame */
  take() {
    return this.waiting.shift() ?? null;
  }

  /** Drop and return the frames that cannot be decoded any more, the decoder having lost its state. */
  breakChain() {
    const useless = [];
    while (this.waiting.length > 0 && !this.waiting[0].keyframe) useless.push(...this.waiting.splice(0, 1));
    this.awaitingKeyframe = this.waiting.length === 0;
    return useless;
  }

  /** @param {ArrivedFrame} frame */
  whyUseless(frame) {
    const count = this.waiting.length;
    const bytes = this.waiting.reduce((sum, queued) => sum + queued.payload.length, 0);
    if (count >= MAX_QUEUED || (count >= FREE_QUEUED && bytes > MAX_QUEUED_BYTES)) {
      return `more than ${count} frames came without being asked for`;
    }
    if (frame.keyframe) return "";
    const needed = frame.sequence - frame.chainDistance;
    if (needed === this.chainSequence) return "";
    return `frame ${frame.sequence} builds on ${needed}, the last one here is ${this.chainSequence}`;
  }
}
