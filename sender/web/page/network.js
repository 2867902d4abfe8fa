// The thread that owns the WebSocket and the session. It decodes nothing, so that acknowledgements and the exchange
// of clocks never wait for a picture; frames go to the thread that paints, one at a time.

import { ReceiverSession } from "./protocol/receiver_session.js";
import { nowUs, quantile } from "./time.js";

const RETRY_MS = 400; // between two tries to connect; it never grows, so that a link that comes back is used at once
const CONNECT_MS = 5000; // what a try may take
const REFUSALS = [1008, 1013]; // the close codes of a sender that says why: it refuses, or is full
const WIRE_HEADER_BYTES = 70; // what a message has around it on the wire: WebSocket, TCP, IP and Ethernet
const REPORT_MS = 1000;

/** @typedef {{url: string, codecs: string[], name: string}} Start */

class Network {
  /** @param {Start} start @param {MessagePort} painter */
  constructor({ url, codecs, name }, painter) {
    this.url = url;
    this.painter = painter;
    this.painterFree = true;
    const instance = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    this.session = new ReceiverSession({ codecs: codecs.map((each) => ({ name: each, modelId: "" })), instance, name });
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.newestSequence = -1;
    this.second = { bytes: 0, messages: 0, decoded: 0, missed: 0, decodeMs: /** @type {number[]} */ ([]), agesMs: /** @type {number[]} */ ([]) };
    this.connect();
    setInterval(() => this.report(), REPORT_MS);
  }

  connect() {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    const late = setTimeout(() => socket.close(), CONNECT_MS);
    socket.onopen = () => {
      clearTimeout(late);
      this.step();
    };
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => {
      clearTimeout(late);
      this.closed(socket, event);
    };
  }

  /** @param {WebSocket} socket @param {CloseEvent} event */
  closed(socket, event) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.session.connectionLost(nowUs());
    postMessage({ kind: "connection", open: false, refused: REFUSALS.includes(event.code) ? event.reason : "" });
    setTimeout(() => this.connect(), RETRY_MS);
    this.step();
  }

  /** @param {unknown} data */
  receive(data) {
    if (!(data instanceof ArrayBuffer)) return;
    this.second.bytes += data.byteLength + WIRE_HEADER_BYTES;
    this.session.receive(new Uint8Array(data), nowUs());
    this.step();
  }

  // Hand over what is due, in every direction, and come back when something is due again.
  step() {
    this.giveFrame();
    this.flush();
    for (const event of this.session.events()) this.tell(event);
    clearTimeout(this.timer);
    const waitMs = (this.session.nextTimerUs(nowUs()) - nowUs()) / 1000;
    this.timer = setTimeout(() => this.step(), Math.min(Math.max(5, waitMs), 200));
  }

  flush() {
    if (this.socket?.readyState === WebSocket.OPEN) {
      for (const bytes of this.session.messagesToSend(nowUs())) {
        this.second.bytes += bytes.length + WIRE_HEADER_BYTES;
        this.socket.send(bytes);
      }
    }
    if (this.session.takeReconnect() && this.socket !== null) {
      const dead = this.socket;
      this.closed(dead, new CloseEvent("close"));
      dead.close();
    }
  }

  giveFrame() {
    if (!this.painterFree) return;
    const frame = this.session.takeFrame(nowUs());
    if (frame === null) return;
    this.painterFree = false;
    const { codec, width, height } = this.session.welcome.parameters;
    this.painter.postMessage({ ...frame, codec, width, height, backlog: this.session.frames.waiting });
  }

  /** @param {{kind: string, [field: string]: any}} event */
  tell(event) {
    if (event.kind === "stillArrived") postMessage(event, { transfer: [event.png.buffer] });
    else postMessage(event);
  }

  /** What the painter says. @param {any} message */
  painted(message) {
    this.painterFree = true;
    this.newestSequence = message.sequence;
    if (message.failed) this.session.decodeFailed(message.failed, nowUs());
    else {
      this.second.decoded += 1;
      this.second.decodeMs.push(message.decodeMs);
    }
    this.step();
  }

  /** What the page says. @param {any} message */
  asked(message) {
    if (message.kind === "shown") this.second.agesMs.push(message.ageMs);
    if (message.kind === "still") this.session.requestStill(message.sequence);
    if (message.kind === "leave") this.session.close("the page was closed");
    this.step();
  }

  report() {
    const { bytes, decoded, decodeMs, agesMs, missed } = this.second;
    const drops = this.session.frames.missed - missed;
    const displayedAgeMs = agesMs.length === 0 ? null : Math.max(0, quantile(agesMs, 0.5));
    const decodeP50Ms = quantile(decodeMs, 0.5);
    const decodeP95Ms = quantile(decodeMs, 0.95);
    this.session.sendReport({ fps: decoded, decodeP50Ms, decodeP95Ms, drops, displayedAgeMs });
    const quality = this.session.frames.quality;
    const progress = this.session.stills.progress;
    postMessage({ kind: "second", kbps: (8 * bytes) / 1000, fps: decoded, decodeP50Ms, agesMs, quality, progress });
    this.second = { bytes: 0, messages: 0, decoded: 0, missed: this.session.frames.missed, decodeMs: [], agesMs: [] };
    this.step();
  }
}

/** @type {Network | null} */
let network = null;

onmessage = (event) => {
  if (event.data.kind !== "start") {
    network?.asked(event.data);
    return;
  }
  const painter = event.ports[0];
  const started = new Network(event.data, painter);
  painter.onmessage = (answer) => started.painted(answer.data);
  network = started;
};
