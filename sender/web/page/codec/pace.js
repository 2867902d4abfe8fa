// How often the generator paints: every picture where this device keeps up, every second to fourth one where it nearly
// does, and not at all where it does not; then it is tried again later.

const SHARE = 0.7; // of the time between pictures that the generator may take
const MAX_EVERY = 4; // carried further, texture is no better than none (docs/browser.md)
const WINDOW = 9; // measurements whose median decides
const ENOUGH = 2; // of them
const MAX_BACKLOG = 2; // behind this many waiting pictures none is painted: a stream that got ahead catches up
const FIRST_PAUSE = 450; // pictures, half a minute at 15 a second; doubled with every try in vain
const MAX_PAUSE = 28_800;

export class Pace {
  constructor() {
    /** @type {number[]} */
    this.takenMs = [];
    /** @type {number[]} */
    this.betweenMs = [];
    /** @type {number | null} */
    this.beganMs = null;
    this.every = 1;
    this.sincePainted = 0;
    this.pause = FIRST_PAUSE;
    this.left = 0; // pictures until the next try
    this.always = false; // paint every picture, however long it takes
  }

  /** Begin a picture. @param {number} nowMs @param {number} backlog pictures that wait @returns {"paint" | "carry" | "rest"} */
  begin(nowMs, backlog) {
    if (this.beganMs !== null) this.betweenMs = [...this.betweenMs, nowMs - this.beganMs].slice(-WINDOW);
    this.beganMs = nowMs;
    this.sincePainted += 1;
    if (this.always) return "paint";
    if (this.left > 0) {
      this.left -= 1;
      return "rest";
    }
    return backlog > MAX_BACKLOG || this.sincePainted < this.every ? "carry" : "paint";
  }

  /** Note what the generator took; returns whether it rests from now on. @param {number} ms */
  painted(ms) {
    this.sincePainted = 0;
    this.takenMs = [...this.takenMs, ms].slice(-WINDOW);
    if (this.always || this.takenMs.length < ENOUGH || this.betweenMs.length < 3) return false;
    this.every = Math.max(1, Math.ceil(this.medianMs / (SHARE * this.usualMs)));
    if (this.every <= MAX_EVERY) {
      if (this.takenMs.length === WINDOW) this.pause = FIRST_PAUSE;
      return false;
    }
    this.every = MAX_EVERY;
    this.left = this.pause;
    this.pause = Math.min(2 * this.pause, MAX_PAUSE);
    this.takenMs = [];
    return true;
  }

  get medianMs() {
    return at(this.takenMs, 1 / 2);
  }

  /** The stream's own time between pictures: a paint holds some of them up, so the quicker ones tell. */
  get usualMs() {
    return Math.max(1, at(this.betweenMs, 1 / 4));
  }

  /** How long a picture may wait for the generator. */
  get patienceMs() {
    return this.always ? 60_000 : Math.max(200, 3 * this.usualMs);
  }
}

/** @param {number[]} values @param {number} share */
function at(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[Math.floor(share * sorted.length)];
}
