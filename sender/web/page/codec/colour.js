// From the base layer's planes (4:2:0, BT.601, limited range) to RGB, as FFmpeg does it at the Python receiver:
// colour samples are interpolated with the same bicubic filter. The two differ by rounding only (docs/browser.md).
// In AV1 a colour sample lies between four pixels; in H.264 between two, one above the other.

const FAR = -0.028125; // the filter (B = 0, C = 0.6) at distances of 1.75, 1.25, 0.75 and 0.25 samples
const BEFORE = -0.084375;
const NEXT = 0.240625;
const NEAR = 0.871875;
const HALF = 0.575; // and at 0.5 and 1.5 samples
const BEYOND = -0.075;

/** @typedef {import("./base_decoder.js").Planes} Planes */

/** Converts pictures of one size; keeps its buffers from one to the next. */
export class ColourConverter {
  /** @param {number} width @param {number} height of the planes, both even @param {string} format av1 or h264 */
  constructor(width, height, format) {
    this.width = width;
    this.height = height;
    this.widen = format === "h264" ? widenFromLeft : widen;
    this.wide = [new Float32Array((width * height) / 2), new Float32Array((width * height) / 2)];
    this.rows = [new Float32Array(width), new Float32Array(width)];
  }

  /** @param {Planes} planes @returns {Uint8ClampedArray<ArrayBuffer>} RGBA [height, width, 4] */
  toRgba(planes) {
    const { width, height, wide, rows } = this;
    this.widen(planes.u, width, height, wide[0]);
    this.widen(planes.v, width, height, wide[1]);
    const out = new Uint8ClampedArray(width * height * 4); // rounds by itself
    for (let row = 0; row < height; row += 1) {
      heighten(wide[0], width, height, row, rows[0]);
      heighten(wide[1], width, height, row, rows[1]);
      const [us, vs] = rows;
      for (let x = 0, at = row * width * 4, from = row * width; x < width; x += 1, at += 4) {
        const luma = 1.164383 * (planes.y[from + x] - 16);
        const u = us[x] - 128;
        const v = vs[x] - 128;
        out[at] = luma + 1.596027 * v;
        out[at + 1] = luma - 0.391762 * u - 0.812968 * v;
        out[at + 2] = luma + 2.017232 * u;
        out[at + 3] = 255;
      }
    }
    return out;
  }
}

/** Twice as many samples in each row. @param {Uint8Array} plane @param {number} width @param {number} height of the result @param {Float32Array} out [height / 2, width] */
function widen(plane, width, height, out) {
  const half = width / 2;
  for (let row = 0; row < height / 2; row += 1) {
    const from = row * half;
    const to = row * width;
    for (let x = 0; x < half; x += 1) {
      const a = plane[from + Math.max(x - 2, 0)];
      const b = plane[from + Math.max(x - 1, 0)];
      const c = plane[from + x];
      const d = plane[from + Math.min(x + 1, half - 1)];
      const e = plane[from + Math.min(x + 2, half - 1)];
      out[to + 2 * x] = FAR * a + NEXT * b + NEAR * c + BEFORE * d;
      out[to + 2 * x + 1] = BEFORE * b + NEAR * c + NEXT * d + FAR * e;
    }
  }
}

/** The same where each sample lies at the left of its two pixels. @param {Uint8Array} plane @param {number} width @param {number} height of the result @param {Float32Array} out [height / 2, width] */
function widenFromLeft(plane, width, height, out) {
  const half = width / 2;
  for (let row = 0; row < height / 2; row += 1) {
    const from = row * half;
    const to = row * width;
    for (let x = 0; x < half; x += 1) {
      const a = plane[from + Math.max(x - 1, 0)];
      const b = plane[from + x];
      const c = plane[from + Math.min(x + 1, half - 1)];
      const d = plane[from + Math.min(x + 2, half - 1)];
      out[to + 2 * x] = b;
      out[to + 2 * x + 1] = BEYOND * (a + d) + HALF * (b + c);
    }
  }
}

/** One of twice as many rows, rounded to what a byte holds. @param {Float32Array} wide @param {number} width @param {number} height @param {number} row @param {Float32Array} out */
function heighten(wide, width, height, row, out) {
  const last = height / 2 - 1;
  const middle = row >> 1;
  const step = row & 1 ? 1 : -1; // towards the nearer neighbour
  const at = (/** @type {number} */ line) => Math.min(Math.max(line, 0), last) * width;
  const [far, next, near, before] = [at(middle + 2 * step), at(middle + step), at(middle), at(middle - step)];
  for (let x = 0; x < width; x += 1) {
    const value = FAR * wide[far + x] + NEXT * wide[next + x] + NEAR * wide[near + x] + BEFORE * wide[before + x];
    out[x] = Math.min(Math.max(Math.round(value), 0), 255);
  }
}
