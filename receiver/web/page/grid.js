// The grid: a tile for each stream, with its newest picture; a click opens the stream's own page.

import { Connection } from "./connection.js";
import { explain } from "./explain.js";
import { ageGrade, ageText, isSilent } from "./freshness.js";
import { columnsFor } from "./grid_layout.js";
import { wireShortcuts } from "./shortcuts.js";
import { wireThemeButton } from "./theme.js";

const $ = (id) => document.getElementById(id);

class Tile {
  constructor({ path, name }) {
    this.link = { live: false, headline: "connecting" };
    this.run = null;
    this.connected = false;
    this.pictureAt = null;
    this.ageMs = NaN;
    this.address = name.replace(/^tcp:\/\//, "");
    this.build(path);
    this.call(this.address);
    this.connection = new Connection({
      base: path,
      tile: true,
      onText: (message) => this[`on_${message.kind}`]?.(message),
      onPicture: (picture) => this.draw(picture),
      onState: (open, refused) => this.opened(open, refused),
    });
  }

  build(path) {
    const make = (tag, className, parent) => {
      const element = document.createElement(tag);
      element.className = className;
      parent.append(element);
      return element;
    };
    this.element = make("a", "tile", $("grid"));
    this.element.href = path;
    this.figure = make("figure", "stale", this.element);
    this.canvas = make("canvas", "picture", this.figure);
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "the stream's newest picture");
    [this.canvas.width, this.canvas.height] = [640, 360];
    this.mark = make("figcaption", "mark", this.figure);
    this.mark.textContent = "reconstructed";
    this.mark.hidden = true;
    this.age = make("span", "age", this.figure);
    const banner = make("div", "banner", this.figure);
    this.headline = make("strong", "", banner);
    this.foot = make("div", "foot", this.element);
    this.name = make("span", "name", this.foot);
    this.figures = make("span", "figures", this.foot);
  }

  call(name) {
    this.name.textContent = name;
    this.name.title = this.address;
    this.element.setAttribute("aria-label", name);
  }

  on_run(message) {
    // The receiver was started anew, perhaps with other streams.
    if (this.run !== null && message.run !== this.run) location.reload();
    this.run = message.run;
  }

  on_stream(message) {
    if (message.name) this.call(message.name);
  }

  on_second(message) {
    this.figures.textContent = `${message.kbps.toFixed(0)} kbit/s, ${message.fps.toFixed(1)} fps`;
  }

  on_link(message) {
    this.link = message;
  }

  opened(open, refused) {
    this.connected = open;
    const headline = refused ? "started anew: open the address that is printed now" : "the receiver is gone";
    if (!open) this.link = { live: false, headline };
  }

  draw({ number, ageMs, marked, arrivedAt, bitmap }) {
    this.pictureAt = arrivedAt;
    this.ageMs = ageMs;
    this.mark.hidden = !marked;
    this.canvas.dataset.number = String(number);
    if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
      this.canvas.width = bitmap.width;
      this.canvas.height = bitmap.height;
    }
    this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
  }

  // Whether it is live; says so on the tile.
  judge(now) {
    const silentMs = this.pictureAt === null ? Infinity : now - this.pictureAt;
    const stale = !this.connected || !this.link.live || isSilent(silentMs);
    this.figure.classList.toggle("stale", stale);
    this.headline.textContent = this.link.live ? `no picture for ${Math.floor(silentMs / 1000)} s` : this.link.headline;
    const ageMs = this.ageMs + silentMs;
    this.age.hidden = !Number.isFinite(ageMs);
    this.age.textContent = ageText(ageMs);
    this.age.className = `age ${stale ? "stale" : ageGrade(ageMs)}`;
    this.figures.hidden = stale;
    return !stale;
  }
}

const tiles = [];

const phone = matchMedia("(max-width: 760px) and (orientation: portrait)");

function judge() {
  const now = performance.now();
  const live = tiles.filter((tile) => tile.judge(now)).length;
  const all = live === tiles.length && live > 0;
  $("state").className = `state ${all ? "live" : live > 0 ? "waiting" : "down"}`;
  const text = tiles.length === 0 ? "connecting" : `${live} of ${tiles.length} live`;
  if ($("state").textContent !== text) $("state").textContent = text;
}

// As large as the window allows; on a phone held upright one below the other.
function arrange() {
  const grid = $("grid");
  const style = getComputedStyle(grid);
  const side = parseFloat(style.paddingLeft);
  const room = {
    width: document.documentElement.clientWidth - 2 * side,
    height: innerHeight - grid.getBoundingClientRect().top - scrollY - 2 * side,
    foot: tiles[0]?.foot.offsetHeight ?? 0,
  };
  const fit = phone.matches || tiles.length === 0 ? null : columnsFor(tiles.length, room);
  grid.classList.toggle("filling", fit !== null);
  if (fit === null) return;
  grid.style.setProperty("--columns", String(fit.columns));
  grid.style.setProperty("--rows", String(fit.rows));
  grid.style.setProperty("--room", `${room.height + 2 * side}px`);
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.();
}

async function begin() {
  const answer = await fetch("streams.json");
  for (const stream of await answer.json()) tiles.push(new Tile(stream));
  judge();
  arrange();
}

wireThemeButton();
$("fullscreen").onclick = fullScreen;
explain($("state"), "How many of the streams show what is happening now; one without a picture for a second does not count.");
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
wireShortcuts([
  { keys: DIGITS, shown: ["1", "…", "9"], label: "open that stream", run: (key) => tiles[Number(key) - 1]?.element.click() ?? false },
  { keys: ["f"], label: "full screen", run: fullScreen },
  { keys: ["t"], label: "dark or light", run: () => $("theme").click() },
]);
addEventListener("resize", arrange);
document.addEventListener("fullscreenchange", arrange);
setInterval(judge, 200);
begin();
