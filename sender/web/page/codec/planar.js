// Pictures as the generator takes them: float32 [3, rows, stride] in [0, 1], edges repeated to multiples of 16.

const STRIDE = 16;
const CELL = 4; // pixels a side of what the generator looks at as one
const GATE_SLOPE = 16; // the constants of codec/hybrid/restoration.py and motion.py
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
    this.size = this.stride * this.rows;
  }

  empty() {
    return new Float32Array(3 * this.size);
  }
}

/** @param {Shape} shape @param {Uint8ClampedArray} rgba [height, width, 4] @param {Float32Array} out */
export function toPlanar(shape, rgba, out) {
  const { width, height, stride, rows, size } = shape;
  for (let row = 0; row < rows; row += 1) {
    let from = 4 * width * Math.min(row, height - 1);
    for (let x = 0, at = row * stride; x < stride; x += 1, at += 1) {
      out[at] = rgba[from] / 255;
      out[at + size] = rgba[from + 1] / 255;
      out[at + 2 * size] = rgba[from + 2] / 255;
      if (x < width - 1) from += 4;
    }
  }
}

/** @param {Shape} shape @param {Float32Array} planar @returns {Uint8ClampedArray<ArrayBuffer>} RGBA [height, width, 4] */
export function toRgba(shape, planar) {
  const { width, height, stride, size } = shape;
  const out = new Uint8ClampedArray(4 * width * height); // rounds and clamps by itself
  for (let row = 0, to = 0; row < height; row += 1) {
    for (let at = row * stride; at < row * stride + width; at += 1, to += 4) {
      out[to] = 255 * planar[at];
      out[to + 1] = 255 * planar[at + size];
      out[to + 2] = 255 * planar[at + 2 * size];
      out[to + 3] = 255;
    }
  }
  return out;
}

/** Mean change of each cell of 4x4 pixels. @param {Shape} shape @param {Float32Array} a @param {Float32Array} b @returns {Float32Array} [rows / 4, stride / 4] */
export function cellChange(shape, a, b) {
  const { stride, rows, size } = shape;
  const across = stride / CELL;
  const change = new Float32Array((rows / CELL) * across);
  for (let plane = 0; plane < 3 * size; plane += size) {
    for (let row = 0; row < rows; row += 1) {
      const cells = (row >> 2) * across;
      for (let x = 0, at = plane + row * stride; x < stride; x += 1, at += 1) {
        change[cells + (x >> 2)] += Math.abs(a[at] - b[at]);
      }
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
  const { stride, rows, size } = shape;
  const across = stride / CELL;
  const moved = cellChange(shape, base, movedBase);
  const still = cellChange(shape, base, lastBase);
  const [painted, shown] = [shape.empty(), shape.empty()];
  for (let plane = 0; plane < 3 * size; plane += size) {
    for (let row = 0; row < rows; row += 1) {
      const cells = (row >> 2) * across;
      for (let x = 0, at = plane + row * stride; x < stride; x += 1, at += 1) {
        const cell = cells + (x >> 2);
        const gate = Math.max(0, 1 - GATE_SLOPE * moved[cell]);
        const held = HELD * Math.max(0, 1 - STILL_SLOPE * still[cell]);
        const texture = gate * Math.min(Math.max(movedPainted[at] - base[at], -MAX_MEMORY), MAX_MEMORY);
        const fresh = base[at] + strength * texture;
        painted[at] = base[at] + texture;
        shown[at] = fresh + held * (lastShown[at] - fresh);
      }
    }
  }
  return { painted, shown };
}
