// Lets the generator paint on base pictures where it is loaded and keeps up; otherwise they are shown as they are.

import { conditions, quantiserOf, restorationStrength } from "./generator.js";
import { MotionField } from "./motion.js";
import { Pace } from "./pace.js";
import { PaintingThread } from "./painting_thread.js";
import { Shape, carry, padded, toRgba } from "./pictures.js";

/** @typedef {{rgba: Uint8ClampedArray<ArrayBuffer>, width: number, height: number}} Picture */
/** @typedef {import("./hybrid_header.js").BaseStream} BaseStream */
/** @typedef {{base: Float32Array, painted: Float32Array, shown: Float32Array}} Memory of the last picture */
/** @typedef {{crf: number, keyframe: boolean, backlog: number}} Frame */

const ORDINALS = ["", "every picture", "every second picture", "every third picture", "every fourth picture"];

export class Restorer {
  /** @param {(state: {text: string, painting: boolean}) => void} tell */
  constructor(tell) {
    this.tell = tell;
    this.thread = new PaintingThread((answer) => this.answered(answer));
    /** @type {{[field: string]: unknown} | null} what to load, as soon as the size is known */
    this.wanted = null;
    this.pace = new Pace();
    /** @type {Shape | null} */
    this.shape = null;
    /** @type {MotionField | null} */
    this.motion = null;
    /** @type {Memory | null} */
    this.memory = null;
    this.text = "";
  }

  /** Have the generator loaded. @param {{files: import("./generator.js").Files, page: string, device: string, restore: string}} how */
  load({ files, page, device, restore }) {
    this.wanted = { files, page, device };
    this.pace.always = restore === "always";
    this.say("loading the generator; the base picture is shown meanwhile");
  }

  /** Forget the last picture: the next one does not follow on it. */
  forget() {
    this.memory = null;
    this.motion?.forget();
  }

  /** @param {Picture} picture @param {BaseStream} stream @param {Frame} frame @returns {Promise<Picture & {painted: boolean}>} */
  async restore(picture, stream, frame) {
    const doing = this.choose(picture, stream, frame);
    if (doing === "rest") {
      this.forget();
      return { ...picture, painted: false };
    }
    const shape = /** @type {Shape} */ (this.shape);
    const base = padded(shape, picture.rgba);
    const pictures = this.remembered(shape, base, picture);
    const strength = restorationStrength(stream.detail, quantiserOf(stream, frame.crf));
    const told = conditions(stream, frame.crf, frame.keyframe);
    const { rows, stride } = shape;
    const follows = this.memory !== null;
    const how = { pictures, rows, stride, told, strength, follows };
    const fresh = doing === "paint" ? await this.thread.paint(how, this.pace.patienceMs) : null;
    if (fresh === null && !follows) return { ...picture, painted: false };
    const made = fresh ?? carry(shape, { ...pictures, strength });
    this.memory = { base, painted: made.painted, shown: made.shown };
    const rgba = fresh === null ? toRgba(shape, made.shown, 255) : toRgba(shape, fresh.pixels, 1);
    return { ...picture, rgba, painted: true };
  }

  /** @param {Picture} picture @param {BaseStream} stream @param {Frame} frame @returns {"paint" | "carry" | "rest"} */
  choose(picture, stream, frame) {
    if (picture.width !== stream.width || picture.height !== stream.height) return "rest";
    this.fit(picture);
    if (this.wanted !== null) {
      const { rows, stride } = /** @type {Shape} */ (this.shape);
      this.thread.load({ ...this.wanted, rows, stride, told: conditions(stream, frame.crf, false) });
      this.wanted = null;
    }
    if (this.thread.device === "") return "rest";
    const doing = this.pace.begin(performance.now(), frame.backlog);
    if (doing === "paint" && this.thread.busy) return this.memory === null ? "rest" : "carry";
    return doing === "carry" && this.memory === null ? "rest" : doing;
  }

  /** @param {{kind: string, device?: string, ms?: number, reason?: string}} answer */
  answered({ kind, device, ms = 0, reason }) {
    if (kind === "failed") this.say(`the generator does not run here (${reason}): showing the base picture`);
    if (kind === "ready") this.say(`the generator is ready (${device}, ${ms.toFixed(0)} ms a picture)`);
    if (kind === "failed" || (kind === "ready" && !this.pace.painted(ms))) return;
    if (kind === "painted" && !this.pace.painted(ms)) {
      const every = ORDINALS[this.pace.every];
      if (this.pace.takenMs.length > 2) this.say(`painting ${every} (${this.thread.device}, ${ms.toFixed(0)} ms)`, true);
    } else this.say(`the generator takes ${ms.toFixed(0)} ms here (${this.thread.device}), too long: showing the base picture, trying again later`);
  }

  /** What is remembered of the last picture, moved to where things are now. @param {Shape} shape @param {Float32Array} base @param {Picture} picture */
  remembered(shape, base, picture) {
    const motion = /** @type {MotionField} */ (this.motion);
    motion.follow(picture.rgba);
    if (this.memory === null) {
      return { base, lastBase: base, movedBase: base, movedPainted: base, lastShown: base };
    }
    const [movedBase, movedPainted] = [shape.empty(), shape.empty()];
    const moving = [{ from: this.memory.base, to: movedBase }, { from: this.memory.painted, to: movedPainted }];
    motion.move(moving, shape.stride, shape.rows);
    return { base, lastBase: this.memory.base, movedBase, movedPainted, lastShown: this.memory.shown };
  }

  /** @param {Picture} picture */
  fit(picture) {
    if (this.shape?.width === picture.width && this.shape.height === picture.height) return;
    this.shape = new Shape(picture.width, picture.height);
    this.motion = new MotionField(picture.width, picture.height);
    this.memory = null;
  }

  /** @param {string} text @param {boolean} painting */
  say(text, painting = false) {
    if (text !== this.text) this.tell({ text, painting });
    this.text = text;
  }
}
