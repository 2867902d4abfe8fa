// The receiver's half of the protocol: it greets the sender, keeps the link and hands over its frames.
// Sans-I/O, as protocol/session/receiver.py: bytes and times (microseconds of a clock that never jumps) go in,
// bytes, frames and events come out. Here the receiver always connects.

import { ClockEstimator } from "./clock.js";
import { MAX_PAYLOAD_BYTES, MessageError } from "./fields.js";
import { FrameIntake } from "./frame_intake.js";
import { Liveness } from "./liveness.js";
import { PROTOCOL_VERSION, RECEIVER, unpackAll } from "./messages.js";
import { Outbox } from "./outbox.js";
import { StillFetch } from "./still_fetch.js";

const HELLO_INTERVAL_US = 500_000;
const UNSENT_RETRY_US = 100_000;
const FULL_RETRY_US = 5_000_000;
const PING_INTERVAL_US = 1_000_000;
const FIRST_PINGS = 5; // so many come quickly, so that ages are known within the first second
const FIRST_PING_INTERVAL_US = 200_000;
const QUIET_US = 500_000; // nothing heard for this long: a PING, and again after as long
const RIDE_US = 150_000; // what a PING or REPORT waits for an ACK that saves it its own headers
const FULL = 4; // the reject code that may pass

/** @typedef {import("./messages.js").Message} Message */
/** @typedef {{kind: string, [field: string]: any}} SessionEvent */
/** @typedef {{codecs: {name: string, modelId: string}[], instance: number, maxKbps?: number, name?: string}} Wishes */

export class ReceiverSession {
  /** @param {Wishes} wishes */
  constructor(wishes) {
    this.wishes = wishes;
    this.malformedMessages = 0;
    this.clock = new ClockEstimator();
    this.outbox = new Outbox();
    /** @type {SessionEvent[]} */
    this.pending = [];
    this.frames = new FrameIntake(MAX_PAYLOAD_BYTES, (message) => this.send(message), (event) => this.tell(event));
    this.stills = new StillFetch();
    this.liveness = new Liveness();
    /** @type {any} the WELCOME of the link; null while there is none */
    this.welcome = null;
    this.helloUs = 0;
    this.refused = false; // for good: nothing is asked any more
    this.told = ""; // the last rejection
    this.reconnect = false;
    this.closed = false;
    this.pings = 0;
    this.pingedUs = this.pingUs = this.quietUs = 0;
  }

  // What the program calls.

  get linked() {
    return this.welcome !== null;
  }

  /** The next frame, its credit given back, with its times on our clock. @param {number} nowUs */
  takeFrame(nowUs) {
    const frame = this.linked ? this.frames.take(nowUs) : null;
    if (frame === null) return null;
    const sendLocalUs = this.clock.localUs(frame.captureSenderUs + frame.sendDelayUs, frame.arrivalLocalUs);
    return {
      ...frame,
      captureLocalUs: this.clock.localUs(frame.captureSenderUs, nowUs),
      clockErrorUs: this.clock.errorUs(nowUs),
      networkUs: sendLocalUs === null ? null : Math.max(0, frame.arrivalLocalUs - sendLocalUs),
      quality: this.frames.quality,
    };
  }

  /** Ask for a keyframe: the decoder has lost its state. @param {string} reason @param {number} nowUs */
  decodeFailed(reason, nowUs) {
    if (this.linked) this.frames.decodeFailed(reason.slice(0, 200), nowUs);
  }

  /** @param {{fps: number, decodeP50Ms: number, decodeP95Ms: number, drops: number, displayedAgeMs: number | null}} report */
  sendReport(report) {
    if (this.linked) this.send({ kind: "report", ...report });
  }

  /** Fetch the exact picture behind a frame. @param {number} sequence */
  requestStill(sequence) {
    const failed = this.stills.want(sequence);
    if (failed !== null) this.tell(failed);
  }

  /** What happened since the last call. */
  events() {
    const events = this.pending;
    this.pending = [];
    return events;
  }

  /** Say BYE; send what waits, then close the socket. @param {string} reason */
  close(reason) {
    if (this.linked) this.send({ kind: "bye", reason, sayHello: false });
    this.welcome = null;
    this.closed = true;
  }

  // What the socket's owner calls.

  /** Take one message; what is malformed is counted and dropped. @param {Uint8Array} data @param {number} nowUs */
  receive(data, nowUs) {
    let messages;
    try {
      messages = unpackAll(data, MAX_PAYLOAD_BYTES);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.malformedMessages += 1;
      return;
    }
    for (const message of messages) {
      if (this.closed || message.kind === "hello") continue;
      this.liveness.heardUs = nowUs;
      this.onMessage(message, nowUs);
    }
  }

  /** Run the timers. @param {number} nowUs @returns {Uint8Array[]} what is to go out now */
  messagesToSend(nowUs) {
    if (this.closed) return this.outbox.drain(nowUs);
    if (this.liveness.isSilent(nowUs)) this.onSilence(nowUs);
    if (this.linked) this.runLinkTimers(nowUs);
    else if (!this.refused && nowUs >= this.helloUs) {
      this.helloUs = nowUs + HELLO_INTERVAL_US;
      this.send(this.hello());
    }
    return this.outbox.drain(nowUs);
  }

  /** The socket has closed, or has not opened yet. @param {number} nowUs */
  connectionLost(nowUs) {
    this.linkDown("the connection to the sender is gone", nowUs, false);
    this.helloUs = nowUs + UNSENT_RETRY_US;
  }

  /** When `messagesToSend` has something to do even if nothing comes in. @param {number} nowUs */
  nextTimerUs(nowUs) {
    if (!this.linked) return Math.max(nowUs, this.helloUs);
    const timers = [Math.min(this.pingUs, this.quietUs), ...this.outbox.timersUs];
    for (const dueUs of [this.frames.requestUs, this.stills.timerUs]) if (dueUs !== null) timers.push(dueUs);
    return Math.min(...timers, Math.max(nowUs, this.liveness.deadlineUs));
  }

  /** Whether, once, the connection is dead and a new one is to be made. */
  takeReconnect() {
    const reconnect = this.reconnect;
    this.reconnect = false;
    return reconnect;
  }

  // Messages.

  /** @param {Message} message @param {number} nowUs */
  onMessage(message, nowUs) {
    if (message.kind === "welcome") this.onWelcome(message, nowUs);
    else if (message.kind === "reject") this.onReject(message, nowUs);
    else if (message.kind === "bye") this.onBye(message, nowUs);
    else if (!["frame", "framePart", "stillPart", "pong"].includes(message.kind)) this.malformedMessages += 1;
    else if (this.linked) this.onLinkMessage(message, nowUs);
  }

  /** @param {Message} message @param {number} nowUs */
  onLinkMessage(message, nowUs) {
    if (message.kind === "stillPart") {
      const ended = this.stills.add(message, nowUs);
      if (ended?.kind === "stillArrived") {
        const { sequence, totalBytes } = message;
        this.send({ kind: "stillRequest", sequence, offset: totalBytes, creditBytes: 0, again: false });
      }
      if (ended !== null) this.tell(ended);
    } else if (message.kind !== "pong") this.frames.receive(message, nowUs);
    else if (message.epoch !== this.welcome.epoch) this.linkDown("the sender was started anew", nowUs, false);
    else this.onPong(message, nowUs);
  }

  /** @param {Message} pong @param {number} nowUs */
  onPong(pong, nowUs) {
    this.frames.quality = pong.qualityPermille / 1000;
    this.clock.addExchange({
      pingSentLocalUs: pong.pingSentReceiverUs,
      pingReceivedSenderUs: pong.pingReceivedSenderUs,
      pongSentSenderUs: pong.pongSentSenderUs,
      pongReceivedLocalUs: nowUs,
    });
    this.liveness.rttUs = this.clock.recentMinRttUs ?? 0;
  }

  /** @param {Message} welcome @param {number} nowUs */
  onWelcome(welcome, nowUs) {
    const known = this.welcome;
    if (JSON.stringify(known) === JSON.stringify(welcome)) return;
    const { codec, modelId } = welcome.parameters;
    if (!this.wishes.codecs.some((offer) => offer.name === codec && offer.modelId === modelId)) {
      this.linkDown("the sender's stream cannot be taken any more", nowUs, false);
      this.send({ kind: "bye", reason: `this page cannot decode ${codec}`, sayHello: false });
      this.turnedAway({ code: 2, text: `this page cannot decode ${codec}: load it anew` }, false, nowUs);
      return;
    }
    if (known === null || known.epoch !== welcome.epoch) this.clock = new ClockEstimator();
    this.liveness.linked(nowUs);
    this.told = "";
    this.frames.linkBegan();
    this.welcome = welcome;
    this.pings = this.pingedUs = this.quietUs = 0;
    this.pingUs = nowUs;
    this.pingIfDue(nowUs);
    for (const failed of this.stills.linked(welcome.epoch)) this.tell(failed);
    this.tell({ kind: "linkUp", stream: welcome.parameters, session: welcome.session });
  }

  /** @param {Message} reject @param {number} nowUs */
  onReject(reject, nowUs) {
    if (!this.linked) this.turnedAway({ code: reject.code, text: reject.text }, reject.code !== FULL, nowUs);
  }

  /** @param {{code: number, text: string}} reject @param {boolean} final @param {number} nowUs */
  turnedAway({ code, text }, final, nowUs) {
    if (this.told !== `${code} ${text}`) this.tell({ kind: "rejected", code, text, final });
    this.told = `${code} ${text}`;
    this.refused = final;
    this.helloUs = nowUs + FULL_RETRY_US;
  }

  /** @param {Message} bye @param {number} nowUs */
  onBye(bye, nowUs) {
    if (bye.sayHello) {
      this.linkDown(`the sender lost this receiver: ${bye.reason}`, nowUs, false);
      return;
    }
    this.linkDown(`the sender said goodbye: ${bye.reason}`, nowUs, true);
    this.helloUs = nowUs + HELLO_INTERVAL_US;
  }

  // Timers, and the end of a link.

  /** @param {number} nowUs */
  runLinkTimers(nowUs) {
    this.pingIfDue(nowUs);
    this.frames.runTimers(nowUs);
    const request = this.stills.dueRequest(nowUs);
    if (request !== null) this.send(request);
    const expired = this.stills.expired(nowUs);
    if (expired !== null) this.tell(expired);
  }

  /** @param {number} nowUs */
  pingIfDue(nowUs) {
    this.quietUs = Math.max(this.liveness.heardUs ?? nowUs, this.pingedUs) + QUIET_US;
    if (nowUs < Math.min(this.pingUs, this.quietUs)) return;
    this.pings += 1;
    this.pingedUs = nowUs;
    this.quietUs = nowUs + QUIET_US;
    this.pingUs = nowUs + (this.pings > FIRST_PINGS ? PING_INTERVAL_US : FIRST_PING_INTERVAL_US);
    this.send({ kind: "ping", number: this.pings, sentReceiverUs: nowUs, minRttUs: this.clock.recentMinRttUs });
  }

  /** @param {number} nowUs */
  onSilence(nowUs) {
    const seconds = (nowUs - (this.liveness.heardUs ?? nowUs)) / 1e6;
    this.reconnect = !this.refused;
    this.liveness.unlinked(nowUs, true);
    if (this.linked) this.linkDown(`nothing heard from the sender for ${seconds.toFixed(1)} s`, nowUs, false);
    this.helloUs = nowUs + UNSENT_RETRY_US;
  }

  /** @param {string} reason @param {number} nowUs @param {boolean} ended */
  linkDown(reason, nowUs, ended) {
    this.outbox.forget();
    if (this.linked) {
      this.welcome = null;
      this.liveness.unlinked(nowUs, false);
      this.tell({ kind: "linkDown", reason, ended });
    }
    this.helloUs = nowUs;
  }

  // What goes out.

  /** @returns {Message} */
  hello() {
    const { codecs, instance, maxKbps = 0, name = "" } = this.wishes;
    return { kind: "hello", version: PROTOCOL_VERSION, role: RECEIVER, instance, codecs, maxKbps, name };
  }

  /** @param {Message} message */
  send(message) {
    const inNoHurry = message.kind === "report" || (message.kind === "ping" && message.number > FIRST_PINGS);
    this.outbox.put(message, inNoHurry ? RIDE_US : 0);
  }

  /** @param {SessionEvent} event */
  tell(event) {
    this.pending.push(event);
  }
}
