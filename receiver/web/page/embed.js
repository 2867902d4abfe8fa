// The picture alone, for a frame in another page: it says how old it is, and has no buttons.

import { Connection } from "./connection.js";
import { ageGrade, ageText, isSilent } from "./freshness.js";

const $ = (id) => document.getElementById(id);
const picture = $("picture");
let link = { live: false, headline: "connecting" };
let shown = { arrivedAt: null, ageMs: NaN };
let connected = false;

new Connection({
  tile: true,
  onText(message) {
    if (message.kind === "link") link = message;
    if (message.kind === "stream" && message.name) document.title = `${message.name} – Narrowcast`;
  },
  onPicture({ number, ageMs, marked, arrivedAt, bitmap }) {
    shown = { arrivedAt, ageMs };
    $("mark").hidden = !marked;
    picture.dataset.number = String(number);
    if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
      [picture.width, picture.height] = [bitmap.width, bitmap.height];
    }
    picture.getContext("2d").drawImage(bitmap, 0, 0);
  },
  onState(open, refused) {
    connected = open;
    const headline = refused ? "not allowed: see docs/watching.md on frames" : "the receiver is gone";
    if (!open) link = { live: false, headline };
  },
});

function judge() {
  const now = performance.now();
  const silentMs = shown.arrivedAt === null ? Infinity : now - shown.arrivedAt;
  const stale = !connected || !link.live || isSilent(silentMs);
  $("figure").classList.toggle("stale", stale);
  $("headline").textContent = link.live ? `no picture for ${Math.floor(silentMs / 1000)} s` : link.headline;
  const ageMs = shown.ageMs + silentMs;
  $("age").hidden = !Number.isFinite(ageMs);
  $("age").textContent = ageText(ageMs);
  $("age").className = `age ${stale ? "stale" : ageGrade(ageMs)}`;
}

setInterval(judge, 200);
judge();
