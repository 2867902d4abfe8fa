// Pictures as the generator takes them: float32 [rows, stride, 3] in [0, 1], edges repeated to multiples of 16.

const STRIDE = 16;
const CELL = 4; // pixels a side of what the generator looks at as one
const GATE_SLOPE = 16; // the constants of codec/hybrid/restoration.py
const STILL_SLOPE = 32;
const HELD = 0.6;
const MAX_MEMORY = 0.25;

/** How large a padded picture is. */
export class Shape {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.stride = STRIDE * Math.ceil(width / STRIDE);
    this.rows = STRIDE * Math.ceil(height / STRIDE);
  }

  empty() {
    return new Float32Array(3 * this.stride * this.rows);
  }
}

/** @param {Shape} shape @param {Uint8ClampedArray} rgba [height, width, 4] @returns {Float32Array} */
export function padded(shape, rgba) {
  const { width, height, stride, rows } = shape;
  const out = shape.empty();
  for (let row = 0, at = 0; row < rows; row += 1) {
    let from = 4 * width * Math.min(row, height - 1);
    for (let x = 0; x < stride; x += 1, at += 3) {
      out[at] = rgba[from] / 255;
      out[at + 1] = rgba[from + 1] / 255;
      out[at + 2] = rgba[from + 2] / 255;
      if (x < width - 1) from += 4;
    }
  }
  return out;
}

/** @param {Shape} shape @param {Uint8Array | Float32Array} picture [rows, stride, 3] @param {number} scale what its white is multiplied by to be 255 @returns {Uint8ClampedArray<ArrayBuffer>} RGBA [height, width, 4] */
export function toRgba(shape, picture, scale) {
  const { width, height, stride } = shape;
  const out = new Uint8ClampedArray(4 * width * height); // rounds and clamps by itself
  for (let row = 0, to = 0; row < height; row += 1) {
    const start = 3 * row * stride;
    for (let at = start; at < start + 3 * width; at += 3, to += 4) {
      out[to] = scale * picture[at];
      out[to + 1] = scale * picture[at + 1];
      out[to + 2] = scale * picture[at + 2];
      out[to + 3] = 255;
    }
  }
  return out;
}

/** Mean change of each cell of 4x4 pixels. @param {Shape} shape @param {Float32Array} a @param {Float32Array} b @returns {Float32Array} [rows / 4, stride / 4] */
function cellChange({ stride, rows }, a, b) {
  const across = stride / CELL;
  const change = new Float32Array((rows / CELL) * across);
  for (let row = 0, at = 0; row < rows; row += 1) {
    const cells = (row >> 2) * across;
    for (let x = 0; x < stride; x += 1, at += 3) {
      change[cells + (x >> 2)] += Math.abs(a[at] - b[at]) + Math.abs(a[at + 1] - b[at + 1]) + Math.abs(a[at + 2] - b[at + 2]);
    }
  }
  for (let cell = 0; cell < change.length; cell += 1) change[cell] /= 3 * CELL * CELL;
  return change;
}

/**
 * Carry what was painted last over to a picture that the generator has no time for: cell by cell as the generator's
 * memory is let in, and held where the picture stands still.
 * @param {Shape} shape
 * @param {{base: Float32Array, movedBase: Float32Array, movedPainted: Float32Array, lastBase: Float32Array, lastShown: Float32Array, strength: number}} pictures
 * @returns {{painted: Float32Array, shown: Float32Array}}
 */
export function carry(shape, { base, movedBase, movedPainted, lastBase, lastShown, strength }) {
  const { stride, rows } = shape;
  const across = stride / CELL;
  const moved = cellChange(shape, base, movedBase);
  const still = cellChange(shape, base, lastBase);
  const [painted, shown] = [shape.empty(), shape.empty()];
  for (let row = 0, at = 0; row < rows; row += 1) {
    const cells = (row >> 2) * across;
    for (let x = 0; x < stride; x += 1) {
      const cell = cells + (x >> 2);
      const gate = Math.max(0, 1 - GATE_SLOPE * moved[cell]);
      const held = HELD * Math.max(0, 1 - STILL_SLOPE * still[cell]);
      for (const end = at + 3; at < end; at += 1) {
        const texture = gate * Math.min(Math.max(movedPainted[at] - base[at], -MAX_MEMORY), MAX_MEMORY);
        const fresh = base[at] + strength * texture;
        painted[at] = base[at] + texture;
        shown[at] = fresh + held * (lastShown[at] - fresh);
      }
    }
  }
  return { painted, shown };
}
