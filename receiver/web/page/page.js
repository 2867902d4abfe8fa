// The page: what the receiver tells, drawn; what is not live, said.

import { Chart } from "./charts.js";
import { allowRestoration, showChoice, wireChoice } from "./choice.js";
import { Connection } from "./connection.js";
import { explain } from "./explain.js";
import { EXPLANATIONS } from "./explanations.js";
import { FloatingPicture } from "./floating_picture.js";
import { ageGrade, ageText, isSilent } from "./freshness.js";
import { Recordings } from "./recordings.js";
import { wireShortcuts } from "./shortcuts.js";
import { showStill } from "./still.js";
import { wireThemeButton } from "./theme.js";
import { Zoom } from "./zoom.js";

const $ = (id) => document.getElementById(id);
const picture = $("picture");
const chart = (name, fields) => new Chart($("charts"), { ...fields, explanation: EXPLANATIONS[name] });
const charts = {
  kbps: chart("kbps", { title: "Bitrate", unit: "kbit/s", digits: 1, colour: "--kbps" }),
  fps: chart("fps", { title: "Frames", unit: "fps", digits: 1, colour: "--fps" }),
  latency_ms: chart("latency_ms", { title: "Latency", unit: "ms", digits: 0, colour: "--latency" }),
  realism: chart("realism", {
    title: "Realism", unit: "", digits: 2, colour: "--realism", fixedTop: 1, hideEmpty: true,
    caution: "How much the picture looks like a photograph, from 0 to 1, as a network judges it. It does not say that what is shown is true.",
  }),
};
const seen = { run: null, second: 0, secondAt: 0, runAt: 0, pictureAt: null, connected: false };
let drawn = { arrivedAt: null, ageMs: NaN }; // the picture on the page, which a pause keeps
let link = { live: false, headline: "connecting", detail: "" };
let linkAt = performance.now();
let pausedAt = null;
let stream = null;

const handlers = {
  run(message) {
    if (message.run !== seen.run) {
      seen.run = message.run;
      seen.second = 0;
      seen.runAt = seen.secondAt + 5; // a hole in the charts, where the receiver started anew
    }
    call(message.name.replace(/^tcp:\/\//, ""));
    $("back").hidden = !message.grid;
  },
  stream(message) {
    stream = message;
    if (message.name) call(message.name);
    allowRestoration(message.codec);
    describe(null);
  },
  second(message) {
    if (message.number <= seen.second) return;
    seen.second = message.number;
    seen.secondAt = seen.runAt + message.number;
    for (const [name, chart] of Object.entries(charts)) chart.add(seen.secondAt, message[name]);
    describe(message.quality);
    redraw = true;
  },
  link(message) {
    link = message;
    linkAt = performance.now();
  },
  recording(message) {
    $("record").setAttribute("aria-pressed", String(message.file !== null));
    $("record").textContent = message.file === null ? "Record" : "Stop recording";
    recordings.refresh();
  },
  choice: showChoice,
  notice(message) {
    $("notice").textContent = message.text;
  },
  warning(message) {
    $("warning").textContent = message.text;
    $("warning").hidden = message.text === "";
  },
  still: showStill,
};

function call(name) {
  $("name").textContent = name;
  document.title = `${name} – Narrowcast`;
}

const REFUSED = "it was started anew: open the address that it prints now";
let redraw = true;
const recordings = new Recordings();
const zoom = new Zoom([[$("figure"), picture]], {
  onChange: (scale) => { $("zoom-reset").textContent = `${Math.round(100 * scale)}%`; },
});
const connection = new Connection({
  onText: (message) => handlers[message.kind]?.(message),
  onPicture: draw,
  onState(open, refused) {
    if (open || seen.connected) linkAt = performance.now(); // tries in vain do not count anew
    seen.connected = open;
    if (!open) link = { live: false, headline: "the receiver is gone", detail: refused ? REFUSED : "connecting again" };
  },
});
const floating = new FloatingPicture($("floating"), (open) => { connection.drawsHidden = open; });

function draw({ number, ageMs, marked, arrivedAt, bitmap }) {
  seen.pictureAt = arrivedAt;
  picture.dataset.number = String(number);
  if (pausedAt !== null) return;
  drawn = { arrivedAt, ageMs };
  $("mark").hidden = !marked;
  if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
    picture.width = bitmap.width;
    picture.height = bitmap.height;
    zoom.apply();
  }
  picture.getContext("2d").drawImage(bitmap, 0, 0);
  if (floating.open) judge(); // a page that is hidden is judged too rarely
}

function describe(quality) {
  if (stream === null) return;
  const cap = stream.max_kbps > 0 ? `, at most ${stream.max_kbps} kbit/s` : "";
  const at = quality === null ? "" : `, quality ${quality.toFixed(2)}`;
  $("stream").textContent = `${stream.codec}, ${stream.width}x${stream.height}${at}${cap}`;
}

// What the page says about itself, five times a second, whatever comes or does not come.
function judge() {
  const now = performance.now();
  const silentMs = seen.pictureAt === null ? Infinity : now - seen.pictureAt;
  const stale = !seen.connected || !link.live || isSilent(silentMs);
  const headline = link.live ? `no picture for ${Math.floor(silentMs / 1000)} s` : counted(link.headline, now);
  $("figure").classList.toggle("stale", stale);
  $("figure").classList.toggle("paused", pausedAt !== null);
  $("headline").textContent = stale ? headline : `paused ${Math.floor((now - pausedAt) / 1000)} s`;
  $("detail").textContent = stale && !link.live ? link.detail ?? "" : "";
  const [grade, state] = judged(stale);
  $("state").className = `state ${grade}`;
  if ($("state").textContent !== state) $("state").textContent = state; // a screen reader says each change
  showAge(now, stale);
  $("snapshot").disabled = !seen.connected || seen.pictureAt === null;
  $("record").disabled = !seen.connected || seen.pictureAt === null;
  if (redraw) for (const chart of Object.values(charts)) chart.draw();
  redraw = false;
  floating.show({
    picture,
    stale,
    headline: stale || pausedAt !== null ? $("headline").textContent : "",
    age: $("age").hidden ? "" : $("age").textContent,
    marked: !$("mark").hidden,
  });
}

// The class and the word of the badge: what is on the page, not what could be.
function judged(stale) {
  if (stale) return seen.pictureAt === null ? ["waiting", "waiting"] : ["down", "not live"];
  return pausedAt === null ? ["live", "live"] : ["waiting", "paused"];
}

function counted(headline, now) {
  if (seen.connected) return headline;
  return `${headline} ${Math.floor((now - linkAt) / 1000)} s`;
}

function showAge(now, stale) {
  const ageMs = drawn.ageMs + (now - drawn.arrivedAt);
  $("age").hidden = !Number.isFinite(ageMs);
  $("age").textContent = ageText(ageMs);
  $("age").className = `age ${stale ? "stale" : ageGrade(ageMs)}`;
}

function togglePanel(button, panel) {
  panel.hidden = !panel.hidden;
  button.setAttribute("aria-expanded", String(!panel.hidden));
}

function toggleCharts() {
  $("charts").hidden = !$("charts").hidden;
  document.body.classList.toggle("without-charts", $("charts").hidden);
  redraw = true;
}

// Presses a button as a finger would: one that cannot be pressed leaves the key to the browser.
function press(id) {
  const able = !$(id).disabled && !$(id).hidden;
  if (able) $(id).click();
  return able;
}

$("snapshot").onclick = () => connection.press("snapshot");
$("record").onclick = () => connection.press("record");
$("pause").onclick = () => {
  pausedAt = pausedAt === null ? performance.now() : null;
  $("pause").setAttribute("aria-pressed", String(pausedAt !== null));
  judge();
};
$("fullscreen").onclick = () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else $("figure").requestFullscreen?.();
};
$("choice-open").onclick = () => togglePanel($("choice-open"), $("choice"));
$("zoom-in").onclick = () => zoom.in();
$("zoom-out").onclick = () => zoom.out();
$("zoom-reset").onclick = () => zoom.reset();
wireChoice((name, value) => connection.choose(name, value));
// Shares of the picture, to the right and down.
const PAN = { ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, -0.2], ArrowDown: [0, 0.2] };
wireShortcuts([
  { keys: [" ", "k"], label: "pause, and go on", run: () => press("pause") },
  { keys: ["c"], label: "snapshot, with the exact frame", run: () => press("snapshot") },
  { keys: ["r"], label: "begin to record, or end it", run: () => press("record") },
  { keys: ["f"], label: "full screen", run: () => press("fullscreen") },
  { keys: ["p"], label: "picture in picture", run: () => press("floating") },
  { keys: ["+", "="], label: "zoom in", run: () => zoom.in() },
  { keys: ["-"], label: "zoom out", run: () => zoom.out() },
  { keys: ["0"], label: "the whole picture", run: () => zoom.reset() },
  {
    keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
    label: "move a zoomed picture",
    run: (key) => (zoom.scale > 1 ? zoom.pan(...PAN[key]) : false),
  },
  { keys: ["l"], label: "recordings", run: () => press("recordings-open") },
  { keys: ["o"], label: "options of the stream", run: () => press("choice-open") },
  { keys: ["s"], label: "show or hide the charts", run: toggleCharts },
  { keys: ["t"], label: "dark or light", run: () => press("theme") },
  { keys: ["g"], label: "back to all streams", run: () => press("back") },
]);
for (const id of ["state", "stream", "age", "mark"]) explain($(id), EXPLANATIONS[id]);
wireThemeButton(() => { redraw = true; });
addEventListener("resize", () => { redraw = true; });
setInterval(judge, 200);
judge();
