// A receiver's intake of FRAMEs: joins their parts, queues and acknowledges them, asks for keyframes.
// As protocol/session/frame_intake.py.

import { FrameNumbers, SEQUENCES } from "./frame_layout.js";
import { FrameAssembler, FrameQueue } from "./frame_queue.js";

const REQUEST_INTERVAL_US = 500_000;
const REQUEST_REPEAT_US = 2_000_000;

/** @typedef {import("./frame_queue.js").ArrivedFrame} ArrivedFrame */
/** @typedef {import("./messages.js").Message} Message */

/** The request for a keyframe that is pending on one link, if there is one. */
class KeyframeRequests {
  constructor() {
    this.reason = ""; // empty where none is wanted
    /** @type {number | null} */
    this.requestedUs = null;
    this.repeated = false;
  }

  /** @param {string} reason @returns {boolean} whether none was wanted before */
  want(reason) {
    const first = this.reason === "";
    this.repeated = this.repeated && !first;
    this.reason = reason;
    return first;
  }

  /** @returns {number | null} when the next request may go out */
  get dueUs() {
    if (this.reason === "") return null;
    if (this.requestedUs === null) return 0;
    return this.requestedUs + (this.repeated ? REQUEST_REPEAT_US : REQUEST_INTERVAL_US);
  }

  /** @param {number} nowUs @returns {boolean} whether to send one now */
  takeDue(nowUs) {
    const dueUs = this.dueUs;
    if (dueUs === null || nowUs < dueUs) return false;
    this.requestedUs = nowUs;
    this.repeated = true;
    return true;
  }
}

/** Takes frames from the sender and gives them to the decoder. Lives as long as the session. */
export class FrameIntake {
  /**
   * @param {number} maxPayloadBytes
   * @param {(message: Message) => void} send
   * @param {(event: {kind: string, [field: string]: any}) => void} tell
   */
  constructor(maxPayloadBytes, send, tell) {
    this.maxPayloadBytes = maxPayloadBytes;
    this.send = send;
    this.tell = tell;
    this.missed = 0; // coded by the sender and never received, or received and of no use
    this.quality = 0.5; // of the newest frame, as the last PONG said
    this.queue = new FrameQueue();
    this.requests = new KeyframeRequests();
    this.assembler = new FrameAssembler(maxPayloadBytes);
    this.numbers = new FrameNumbers();
  }

  /** Forget the frames of the link before: the first one of a link is a keyframe. */
  linkBegan() {
    this.queue = new FrameQueue();
    this.requests = new KeyframeRequests();
    this.assembler = new FrameAssembler(this.maxPayloadBytes);
    this.numbers = new FrameNumbers();
  }

  get waiting() {
    return this.queue.waiting.length;
  }

  get requestUs() {
    return this.requests.dueUs;
  }

  /** Take a FRAME or a part of one; a frame of no use gives its credit back at once. @param {any} message @param {number} nowUs */
  receive(message, nowUs) {
    const whole =
      message.kind === "frame" ? this.assembler.begin(this.numbers.restore(message)) : this.assembler.add(message);
    if (whole === null) return;
    const frame = { ...whole, arrivalLocalUs: nowUs };
    const result = this.queue.put(frame);
    this.missed += result.missed;
    if (!result.queued) {
      this.missed += 1;
      this.acknowledge(frame, nowUs);
    }
    if (result.broken) this.wantKeyframe(result.broken);
    else if (frame.keyframe && result.queued) this.requests.reason = "";
  }

  /** Hand over the oldest frame and give its credit back. @param {number} nowUs @returns {ArrivedFrame | null} */
  take(nowUs) {
    const frame = this.queue.take();
    if (frame !== null && !frame.firstOfPair) this.acknowledge(frame, nowUs);
    return frame;
  }

  /** Ask for a keyframe and throw away the frames before it. @param {string} reason @param {number} nowUs */
  decodeFailed(reason, nowUs) {
    for (const useless of this.queue.breakChain()) {
      this.missed += 1;
      this.acknowledge(useless, nowUs);
    }
    if (this.queue.awaitingKeyframe) this.wantKeyframe(reason);
  }

  /** Send a KEYFRAME_REQUEST if one is due. @param {number} nowUs */
  runTimers(nowUs) {
    if (!this.requests.takeDue(nowUs)) return;
    this.send({ kind: "keyframeRequest", afterSequence: this.queue.newestSequence, reason: this.requests.reason });
  }

  /** @param {string} reason */
  wantKeyframe(reason) {
    if (this.requests.want(reason)) this.tell({ kind: "keyframeRequested", reason });
  }

  /** @param {ArrivedFrame} frame @param {number} nowUs */
  acknowledge(frame, nowUs) {
    this.send({ kind: "ack", sequence: frame.sequence % SEQUENCES, holdUs: Math.max(0, nowUs - frame.arrivalLocalUs) });
  }
}
