// The wall: a tile for each camera; those in view get their pictures, a click opens the camera's own page.

import { CameraTile } from "./camera_tile.js";
import { wireShortcuts } from "./shortcuts.js";
import { wireThemeButton } from "./theme.js";
import { TileConnection } from "./tile_connection.js";
import { arranged, stepped } from "./wall_order.js";

const $ = (id) => document.getElementById(id);
const KEPT_SIZE = "narrowcast-wall-size";

const tiles = new Map(); // by the camera's number
let shown = [];
let connected = false;
let alertsFirst = false;
let headline = "connecting";

const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const tile = tiles.get(Number(entry.target.dataset.number));
      if (tile) tile.inView = entry.isIntersecting;
    }
    tellVisible();
  },
  { rootMargin: "60px" },
);

let told = "";
function tellVisible() {
  const numbers = document.hidden ? [] : shown.filter((tile) => tile.inView).map((tile) => tile.number);
  if (numbers.join() === told) return;
  told = numbers.join();
  connection.show(numbers);
}

const on = {
  cameras({ cameras }) {
    const numbers = new Set(cameras.map((camera) => camera.number));
    for (const [number, tile] of tiles) {
      if (numbers.has(number)) continue;
      observer.unobserve(tile.element);
      tile.element.remove();
      tiles.delete(number);
    }
    for (const camera of cameras) {
      if (tiles.has(camera.number)) continue;
      const tile = new CameraTile(camera);
      tiles.set(camera.number, tile);
      observer.observe(tile.element);
    }
    arrange();
  },
  states({ states }) {
    for (const state of states) tiles.get(state.number)?.say(state);
    if (alertsFirst) arrange();
    judge();
  },
  note({ text }) {
    $("note").textContent = text;
  },
};

const connection = new TileConnection({
  onText: (message) => on[message.kind]?.(message),
  onTile: (picture) => tiles.get(picture.number)?.draw(picture),
  onState: (open, refused) => {
    // A wall that was started anew counts its cameras anew.
    if (open && !connected) forget();
    connected = open;
    headline = refused ? "started anew: open the address that is printed now" : "the wall is gone";
    judge();
  },
});

function forget() {
  for (const tile of tiles.values()) {
    observer.unobserve(tile.element);
    tile.element.remove();
  }
  tiles.clear();
  $("note").textContent = "";
  shown = [];
  told = "";
}

// Put the tiles in their order; one that stays where it is is not touched, so that its focus stays.
function arrange() {
  const before = document.activeElement;
  shown = arranged([...tiles.values()], { words: $("search").value, alertsFirst });
  const wanted = shown.map((tile) => tile.element);
  const wall = $("wall");
  for (const element of [...wall.children]) if (!wanted.includes(element)) element.remove();
  wanted.forEach((element, place) => {
    if (wall.children[place] !== element) wall.insertBefore(element, wall.children[place] ?? null);
  });
  if (wanted.includes(before)) before.focus({ preventScroll: true });
  const nothing = tiles.size === 0 ? "no camera yet: start a relay (narrowcast relay)" : "no camera is called so";
  $("nothing").hidden = shown.length > 0 || !connected;
  $("nothing").textContent = nothing;
  tellVisible();
  judge();
}

function judge() {
  for (const tile of shown) tile.judge(connected);
  const all = [...tiles.values()];
  const live = all.filter((tile) => tile.live).length;
  const alerts = all.filter((tile) => tile.alerts.length > 0).length;
  const grade = !connected ? "down" : alerts > 0 || live < all.length ? "waiting" : "live";
  const parts = [`${live} of ${all.length} live`, alerts > 0 ? `${alerts} with alerts` : ""];
  const text = connected ? parts.filter(Boolean).join(", ") : headline;
  $("state").className = `state ${grade}`;
  if ($("state").textContent !== text) $("state").textContent = text;
}

function toggleAlertsFirst() {
  alertsFirst = !alertsFirst;
  $("alerts-first").setAttribute("aria-pressed", String(alertsFirst));
  arrange();
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.();
}

function step(key) {
  const place = shown.findIndex((tile) => tile.element === document.activeElement);
  const columns = getComputedStyle($("wall")).gridTemplateColumns.split(" ").length;
  shown[stepped(place, key, columns, shown.length)]?.element.focus();
}

function setSize(pixels) {
  document.documentElement.style.setProperty("--tile", `${pixels}px`);
}

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // a browser that keeps nothing for this page
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // as above
  }
}

wireThemeButton();
$("size").value = kept(KEPT_SIZE) ?? $("size").value;
setSize($("size").value);
$("size").oninput = () => {
  setSize($("size").value);
  keep(KEPT_SIZE, $("size").value);
};
$("search").oninput = arrange;
$("search").onkeydown = (event) => {
  if (event.key === "Enter" && shown.length > 0) shown[0].element.click();
  if (event.key === "Escape") {
    $("search").value = "";
    $("search").blur();
    arrange();
  }
};
$("alerts-first").onclick = toggleAlertsFirst;
$("fullscreen").onclick = fullScreen;
wireShortcuts([
  { keys: ["/"], label: "find a camera; Enter opens the first one", run: () => $("search").focus() },
  { keys: ["a"], label: "cameras with alerts first", run: toggleAlertsFirst },
  { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], label: "go to another camera; Enter opens it", run: step },
  { keys: ["f"], label: "full screen", run: fullScreen },
  { keys: ["t"], label: "dark or light", run: () => $("theme").click() },
]);
document.addEventListener("visibilitychange", tellVisible);
setInterval(judge, 500);
