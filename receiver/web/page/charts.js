// Small line charts of the last two minutes, one figure a second, over an axis of time.

import { explain } from "./explain.js";

const SECONDS = 120;
const LEFT = 34; // pixels for the scale
const BOTTOM = 16; // and for the axis
const TICK_S = 30;

export class Chart {
  // explanation: what the figure means; caution: what has to stand there for everybody to see
  constructor(parent, { title, unit, digits, colour, fixedTop, hideEmpty, explanation, caution }) {
    Object.assign(this, { title, unit, digits, colour, fixedTop, hideEmpty, points: [], pointed: null });
    this.element = document.createElement("div");
    this.element.className = "chart";
    const heading = document.createElement("h2");
    const name = document.createElement("span");
    name.textContent = title;
    this.value = document.createElement("output");
    heading.append(name, this.value);
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.element.append(heading, this.canvas);
    explain(name, explanation);
    if (caution) {
      const text = document.createElement("p");
      text.textContent = caution;
      this.element.append(text);
    }
    this.element.hidden = Boolean(hideEmpty);
    this.element.dataset.points = "0";
    this.canvas.onpointermove = (event) => this.point(event.offsetX);
    this.canvas.onpointerleave = () => this.point(null);
    parent.append(this.element);
  }

  clear() {
    this.points = [];
  }

  // at: seconds, rising; value: a number, or null where nothing is known.
  add(at, value) {
    this.points.push({ at, value });
    this.points = this.points.filter((point) => point.at > at - SECONDS);
    const known = this.points.filter((point) => point.value !== null);
    this.element.dataset.points = String(known.length);
    if (known.length > 0) this.element.hidden = false;
  }

  // Reads off the figure of the second that is pointed at.
  point(offsetX) {
    this.pointed = offsetX;
    this.draw();
  }

  draw() {
    const last = this.points.at(-1);
    const { context, width, height } = this.fitted();
    const style = getComputedStyle(document.documentElement);
    const values = this.points.filter((point) => point.value !== null).map((point) => point.value);
    const top = this.fixedTop ?? niceTop(usualMost(values));
    const floor = height - BOTTOM;
    const x = (at) => width - 2 - ((last.at - at) / SECONDS) * (width - LEFT - 2);
    const y = (value) => floor - (Math.min(value, top) / top) * (floor - 8);
    context.clearRect(0, 0, width, height);
    context.font = "10px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const line of [0, top / 2, top]) {
      context.textAlign = "right";
      context.fillStyle = style.getPropertyValue("--faint");
      context.fillText(label(line), LEFT - 6, y(line));
      context.fillStyle = style.getPropertyValue("--line");
      context.fillRect(LEFT, y(line), width - LEFT, 1);
    }
    this.drawAxis(context, style, width, floor);
    this.tell(last, values);
    if (last === undefined) return;
    context.strokeStyle = context.fillStyle = style.getPropertyValue(this.colour);
    context.lineWidth = 1.6;
    for (const run of this.runs()) {
      context.beginPath();
      run.forEach((point) => context.lineTo(x(point.at), y(point.value)));
      context.stroke();
      context.globalAlpha = 0.15;
      context.lineTo(x(run.at(-1).at), y(0));
      context.lineTo(x(run[0].at), y(0));
      context.fill();
      context.globalAlpha = 1;
      if (run.length === 1) context.fillRect(x(run[0].at) - 1, y(run[0].value) - 1, 2, 2);
    }
    this.drawPointed(context, last, x, y, floor);
  }

  // Ticks every half a minute, named where there is room.
  drawAxis(context, style, width, floor) {
    for (let ago = 0; ago <= SECONDS; ago += TICK_S) {
      const at = width - 2 - (ago / SECONDS) * (width - LEFT - 2);
      context.fillStyle = style.getPropertyValue("--line");
      context.fillRect(Math.min(at, width - 1), floor, 1, 4);
      if (width < 220 && ago % (2 * TICK_S) !== 0) continue;
      context.fillStyle = style.getPropertyValue("--faint");
      context.textAlign = ago === 0 ? "right" : ago === SECONDS ? "left" : "center";
      context.fillText(ago === 0 ? "now" : `−${ago} s`, ago === SECONDS ? LEFT - 8 : at, floor + 10);
    }
  }

  // The figure beside the title: the newest, or the one that is pointed at; and all of it in words.
  tell(last, values) {
    const latest = last?.value ?? (this.hideEmpty ? this.lastKnown() : null);
    const pointed = this.pointedAt();
    const ago = pointed === undefined ? "" : ` ${Math.round(last.at - pointed.at)} s ago`;
    this.value.textContent = `${this.text(pointed === undefined ? latest : pointed.value)}${ago}`;
    const range = values.length > 0 ? `, ${this.text(Math.min(...values))} to ${this.text(Math.max(...values))}` : "";
    this.canvas.setAttribute("aria-label", `${this.title} over the last two minutes: now ${this.text(latest)}${range}`);
  }

  text(value) {
    return value === null ? "–" : `${value.toFixed(this.digits)} ${this.unit}`.trim();
  }

  pointedAt() {
    const last = this.points.at(-1);
    if (this.pointed === null || last === undefined) return undefined;
    const span = this.canvas.clientWidth - LEFT - 2;
    const at = last.at - ((this.canvas.clientWidth - 2 - this.pointed) / span) * SECONDS;
    return this.points.find((point) => Math.abs(point.at - at) <= 0.5 && point.value !== null);
  }

  drawPointed(context, last, x, y, floor) {
    const pointed = this.pointedAt();
    if (pointed === undefined) return;
    context.fillRect(x(pointed.at), 4, 1, floor - 4);
    context.beginPath();
    context.arc(x(pointed.at), y(pointed.value), 3, 0, 7);
    context.fill();
  }

  lastKnown() {
    return this.points.findLast((point) => point.value !== null && this.points.at(-1).at - point.at < 5)?.value ?? null;
  }

  // Stretches without a hole: nothing is drawn where nothing was known for three seconds.
  runs() {
    const runs = [];
    let before = -Infinity;
    for (const point of this.points.filter((each) => each.value !== null)) {
      if (point.at - before > 3) runs.push([]);
      runs.at(-1).push(point);
      before = point.at;
    }
    return runs;
  }

  fitted() {
    const ratio = devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { context, width, height };
  }
}

function label(value) {
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

// What all but one in twenty stay under, and a little more: a snapshot's spike must not flatten all else.
function usualMost(values) {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  return Math.min(sorted.at(-1), 1.3 * sorted[Math.floor(0.95 * (sorted.length - 1))]);
}

// The next 1, 2 or 5 times a power of ten.
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-6)));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value) || 1;
}
