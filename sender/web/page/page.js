// The page: starts the two threads, draws what they decode, and says how old it is and what is wrong.

import { decodes } from "./codec/base_decoder.js";
import { WASM } from "./codec/generator.js";
import { areKept } from "./codec/kept_files.js";
import { JpegConnection } from "./jpeg_connection.js";
import { StillPanel } from "./still_panel.js";
import { nowUs, quantile } from "./time.js";

const STALE_MS = 1500; // no picture for this long: what is shown is not live
const QUICK_S = 20; // a generator that comes within this is loaded unasked
const PERHAPS_S = 200; // so slow small files may be where the link is quick and the machine busy
const FRESH_MS = 500;
const LATE_MS = 2000;
const PICTURE_CODECS = ["jpeg", "png", "webp", "avif"];

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const $ = (id) => /** @type {T} */ (document.getElementById(id));
const canvas = /** @type {HTMLCanvasElement} */ ($("picture"));
const still = new StillPanel($);
const link = { up: false, headline: "connecting", detail: "", since: performance.now() };
const shown = { at: -Infinity, sequence: -1, captureLocalUs: /** @type {number | null} */ (null), painted: false };
/** For who wants to decide: ?restore=always|never, ?device=wasm|webgpu */
const WISHES = new URLSearchParams(location.search);
const RESTORE = WISHES.get("restore") ?? "auto";
/** Texts and numbers for tests and for people with the console open. */
const figures = { fps: 0, kbps: 0, agesMs: /** @type {number[]} */ ([]), decodeMs: 0 };
/** @type {Worker | null} */
let network = null;
/** @type {Worker | null} */
let painter = null;

async function start() {
  const stream = await (await fetch("stream.json")).json();
  if (stream.name) document.title = `${stream.name} – Narrowcast`;
  if (stream.name) $("name").textContent = stream.name;
  $("stream").textContent = `${stream.codec}, ${stream.width}x${stream.height}`;
  const why = await whyJpeg(stream.codec);
  if (why) {
    warn(`${why}, so it gets JPEG pictures: fewer of them, and larger`);
    new JpegConnection(new URL("jpeg", location.href), { onPicture: drawJpeg, onLink: setLink });
    return;
  }
  startThreads(stream);
}

/** Why this browser cannot take the coded stream; empty where it can. @param {string} codec */
async function whyJpeg(codec) {
  if (PICTURE_CODECS.includes(codec)) return "";
  if (codec !== "hybrid") return `no browser decodes ${codec}`;
  if (!isSecureContext) return "this page was not opened over https, and this browser decodes video only there";
  if (typeof VideoDecoder === "undefined") return "this browser has no WebCodecs";
  return (await decodes("av1")) || (await decodes("h264")) ? "" : "this browser decodes neither AV1 nor H.264";
}

/** @param {any} stream */
function startThreads(stream) {
  const here = import.meta.url;
  network = new Worker(new URL("network.js", here), { type: "module" });
  painter = new Worker(new URL("painter.js", here), { type: "module" });
  const between = new MessageChannel();
  painter.onmessage = (event) => fromPainter[/** @type {"picture"} */ (event.data.kind)]?.(event.data);
  network.onmessage = (event) => fromNetwork[/** @type {"linkUp"} */ (event.data.kind)]?.(event.data);
  painter.postMessage({ kind: "start" }, [between.port1]);
  const url = new URL("stream", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const codecs = stream.codec === "hybrid" ? ["hybrid"] : PICTURE_CODECS;
  network.postMessage({ kind: "start", url: url.href, codecs, name: browserName() }, [between.port2]);
  offerGenerator(stream);
  addEventListener("pagehide", () => network?.postMessage({ kind: "leave" }));
}

/** Have the generator loaded where the link is quick, or offer a button for it. @param {any} stream */
async function offerGenerator({ codec, generator }) {
  if (codec !== "hybrid" || RESTORE === "never") return;
  if (generator.missing) {
    $("painting").textContent = `base picture only: ${generator.missing}`;
    return;
  }
  const load = () => {
    $("paint").hidden = true;
    const device = WISHES.get("device") ?? "auto";
    painter?.postMessage({ kind: "generator", files: generator, page: document.baseURI, device, restore: RESTORE });
  };
  if (generator.bytes < PERHAPS_S * bytesPerSecond() && generator.bytes > QUICK_S * bytesPerSecond()) {
    await (await fetch(generator.base + generator.runtime)).arrayBuffer(); // the first of its files says more
  }
  const seconds = generator.bytes / (bytesPerSecond() || 1);
  const here = new URL(generator.base, document.baseURI).href;
  const kept = await Promise.all(Object.values(WASM).map((wasm) => areKept([here + wasm, here + generator.network])));
  if (seconds < QUICK_S || kept.includes(true)) {
    load();
    return;
  }
  $("paint").hidden = false;
  $("paint").textContent = `Load the generator (${(generator.bytes / 1e6).toFixed(1)} MB)`;
  $("paint").title = `Over this link about ${Math.ceil(seconds / 60)} min, once; the stream is late meanwhile.`;
  $("paint").onclick = load;
}

/** How fast the page's own files came, the best of them. */
function bytesPerSecond() {
  const files = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
  const rates = files.map((file) => (1000 * file.encodedBodySize) / Math.max(1, file.responseEnd - file.requestStart));
  return Math.max(0, ...rates);
}

const fromNetwork = {
  /** @param {any} event */
  linkUp({ stream }) {
    setLink(true, "", "");
    const cap = stream.maxKbps > 0 ? `, at most ${stream.maxKbps} kbit/s` : "";
    $("stream").textContent = `${stream.codec}, ${stream.width}x${stream.height}${cap}`;
  },
  /** @param {any} event */
  linkDown({ reason, ended }) {
    setLink(false, ended ? "the stream has ended" : "the link is down", reason);
  },
  /** @param {any} event */
  rejected({ text }) {
    setLink(false, "the sender refuses this page", text);
  },
  /** @param {any} event */
  connection({ refused }) {
    if (refused) setLink(false, "the sender refuses this page", refused);
    else if (link.up) setLink(false, "the link is down", "connecting again");
    if (!refused) tellWhetherStartedAnew();
  },
  /** @param {any} event */
  stillArrived({ sequence, png }) {
    still.arrived(sequence, png);
  },
  /** @param {any} event */
  stillFailed({ reason }) {
    still.failed(reason);
  },
  /** @param {any} event */
  second({ kbps, fps, decodeP50Ms, agesMs, progress }) {
    still.progress(progress);
    Object.assign(figures, { kbps, fps, decodeMs: decodeP50Ms });
    figures.agesMs = [...figures.agesMs, ...agesMs].slice(-600);
    const age = agesMs.length === 0 ? "" : `, age p50 ${quantile(agesMs, 0.5).toFixed(0)} ms`;
    $("figures").textContent = `${kbps.toFixed(0)} kbit/s, ${fps} fps${age}, decoding ${decodeP50Ms.toFixed(0)} ms`;
  },
};

/** A sender that was started anew has another token: this page is let in no more. */
async function tellWhetherStartedAnew() {
  try {
    const answer = await fetch("stream.json");
    if (answer.status === 403) setLink(false, "the sender was started anew", "open the address that it prints now");
  } catch {
    // Nobody answers: the next try may find somebody.
  }
}

const fromPainter = {
  /** @param {any} picture */
  picture(picture) {
    requestAnimationFrame(() => drawDecoded(picture));
  },
  /** @param {any} state */
  painting(state) {
    $("painting").textContent = state.text;
  },
};

/** @param {any} picture */
function drawDecoded(picture) {
  if (picture.sequence < shown.sequence) return;
  resizeTo(picture.width, picture.height);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  if (picture.bitmap) context.drawImage(picture.bitmap, 0, 0);
  else context.putImageData(new ImageData(picture.rgba, picture.width, picture.height), 0, 0);
  picture.bitmap?.close();
  Object.assign(shown, { at: performance.now(), sequence: picture.sequence, captureLocalUs: picture.captureLocalUs, painted: picture.painted });
  canvas.dataset.sequence = String(picture.sequence);
  $("mark").hidden = !picture.painted;
  if (picture.captureLocalUs !== null) {
    network?.postMessage({ kind: "shown", ageMs: (nowUs() - picture.captureLocalUs) / 1000 });
  }
  judge();
}

/** @param {ImageBitmap} bitmap @param {number} sequence @param {number} ageMs */
function drawJpeg(bitmap, sequence, ageMs) {
  resizeTo(bitmap.width, bitmap.height);
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(bitmap, 0, 0);
  Object.assign(shown, { at: performance.now(), sequence, captureLocalUs: nowUs() - 1000 * ageMs, painted: false });
  canvas.dataset.sequence = String(sequence);
  judge();
}

/** @param {number} width @param {number} height */
function resizeTo(width, height) {
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width;
  canvas.height = height;
}

/** @param {boolean} up @param {string} headline @param {string} detail */
function setLink(up, headline, detail) {
  if (up !== link.up) link.since = performance.now();
  Object.assign(link, { up, headline, detail });
  judge();
}

/** @param {string} text */
function warn(text) {
  $("warning").textContent = text;
  $("warning").hidden = text === "";
}

// What the page says about itself, five times a second, whatever comes or does not come.
function judge() {
  const silentMs = performance.now() - shown.at;
  const stale = !link.up || (silentMs > STALE_MS && !document.hidden);
  $("figure").classList.toggle("stale", stale);
  const seconds = Math.floor((performance.now() - link.since) / 1000);
  $("headline").textContent = link.up ? silence(silentMs) : `${link.headline} ${seconds} s`;
  $("detail").textContent = link.up ? "" : link.detail;
  $("state").textContent = stale ? (shown.sequence < 0 ? "waiting" : "not live") : "live";
  $("state").className = `state ${stale ? (shown.sequence < 0 ? "waiting" : "down") : "live"}`;
  /** @type {HTMLButtonElement} */ ($("snapshot")).disabled = !link.up || shown.sequence < 0 || network === null;
  showAge(stale);
}

/** @param {number} silentMs */
function silence(silentMs) {
  return shown.sequence < 0 ? "waiting for the first picture" : `no picture for ${Math.floor(silentMs / 1000)} s`;
}

/** @param {boolean} stale */
function showAge(stale) {
  $("age").hidden = shown.captureLocalUs === null;
  if (shown.captureLocalUs === null) return;
  const ageMs = Math.max(0, (nowUs() - shown.captureLocalUs) / 1000);
  $("age").textContent = ageMs < 1000 ? `${ageMs.toFixed(0)} ms old` : `${(ageMs / 1000).toFixed(1)} s old`;
  const grade = ageMs <= FRESH_MS ? "live" : ageMs <= LATE_MS ? "late" : "stale";
  $("age").className = `age ${stale ? "stale" : grade}`;
}

function browserName() {
  const found = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(navigator.userAgent);
  return found === null ? "a browser" : { Edg: "Edge", OPR: "Opera" }[found[1]] ?? found[1];
}

$("snapshot").onclick = () => {
  still.wanted(shown.sequence);
  network?.postMessage({ kind: "still", sequence: shown.sequence });
};
$("fullscreen").onclick = () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else $("figure").requestFullscreen?.();
};
setInterval(judge, 200);
judge();
start().catch((error) => setLink(false, "this page cannot start", String(error)));
export { figures };
