// Motion between two base pictures, by block matching, and pictures moved along it.
// The Python receiver uses optical flow (DIS); what the difference is worth, docs/browser.md says.

const CELL = 8; // pixels a side of what moves as one; the motion between the cells' middles is interpolated
const STILL = 96; // a cell whose 64 pixels differ by less in all has not moved
const RANGE = 24; // pixels; faster motion is not followed
const BEND = 12; // what a step away from the neighbours' motion must gain, in grey levels summed over a cell
const ROUNDS = 12; // of the search around the best candidate

/** Where each pixel of a picture was in the one before. */
export class MotionField {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.columns = Math.ceil(width / CELL);
    this.lines = Math.ceil(height / CELL);
    /** Motion of each cell in pixels: where it was, less where it is. */
    this.xs = new Float32Array(this.columns * this.lines);
    this.ys = new Float32Array(this.columns * this.lines);
    this.grey = new Uint8Array(width * height);
    this.before = new Uint8Array(width * height);
    /** @type {Int16Array} whole pixels, of this picture and of the last one */
    this.wholeXs = new Int16Array(this.columns * this.lines);
    this.wholeYs = new Int16Array(this.columns * this.lines);
    this.fresh = true;
  }

  /** Forget the last picture. */
  forget() {
    this.fresh = true;
    this.wholeXs.fill(0);
    this.wholeYs.fill(0);
  }

  /** Take the next picture and find how it moved. @param {Uint8ClampedArray} rgba [height, width, 4] */
  follow(rgba) {
    [this.grey, this.before] = [this.before, this.grey];
    for (let at = 0, from = 0; at < this.grey.length; at += 1, from += 4) {
      this.grey[at] = (77 * rgba[from] + 150 * rgba[from + 1] + 29 * rgba[from + 2] + 128) >> 8;
    }
    if (this.fresh) {
      this.xs.fill(0);
      this.ys.fill(0);
      this.fresh = false;
      return;
    }
    for (let line = 0; line < this.lines; line += 1) {
      for (let column = 0; column < this.columns; column += 1) this.match(column, line);
    }
  }

  /** Find the motion of one cell. @param {number} column @param {number} line */
  match(column, line) {
    const at = line * this.columns + column;
    const still = this.difference(column, line, 0, 0, Infinity);
    if (still < STILL) {
      this.wholeXs[at] = this.wholeYs[at] = this.xs[at] = this.ys[at] = 0;
      return;
    }
    const left = column > 0 ? at - 1 : at;
    const above = line > 0 ? at - this.columns : at;
    const beside = line > 0 && column + 1 < this.columns ? above + 1 : above;
    const expectedX = this.wholeXs[left];
    const expectedY = this.wholeYs[left];
    let [bestX, bestY, best] = [0, 0, still + BEND * (Math.abs(expectedX) + Math.abs(expectedY) > 0 ? 1 : 0)];
    const attempt = (/** @type {number} */ x, /** @type {number} */ y) => {
      if (Math.abs(x) > RANGE || Math.abs(y) > RANGE) return false;
      const bend = x === expectedX && y === expectedY ? 0 : BEND;
      const found = this.difference(column, line, x, y, best - bend) + bend;
      if (found >= best) return false;
      [bestX, bestY, best] = [x, y, found];
      return true;
    };
    for (const near of [left, above, beside, at]) attempt(this.wholeXs[near], this.wholeYs[near]);
    for (let step = 4, round = 0; step > 0 && round < ROUNDS; round += 1) {
      const [x, y] = [bestX, bestY];
      const better = [attempt(x - step, y), attempt(x + step, y), attempt(x, y - step), attempt(x, y + step)];
      if (!better.includes(true)) step >>= 1;
    }
    this.wholeXs[at] = bestX;
    this.wholeYs[at] = bestY;
    this.refine(at, column, line, bestX, bestY);
  }

  /** Add the fraction of a pixel that the differences around it say. @param {number} at @param {number} column @param {number} line @param {number} x @param {number} y */
  refine(at, column, line, x, y) {
    const middle = this.difference(column, line, x, y, Infinity);
    const around = (/** @type {number} */ dx, /** @type {number} */ dy) => this.difference(column, line, x + dx, y + dy, Infinity);
    this.xs[at] = x + vertex(around(-1, 0), middle, around(1, 0));
    this.ys[at] = y + vertex(around(0, -1), middle, around(0, 1));
  }

  /** Sum of absolute differences of a cell and what lies (x, y) from it in the picture before. @param {number} column @param {number} line @param {number} x @param {number} y @param {number} enough */
  difference(column, line, x, y, enough) {
    const { width, height, grey, before } = this;
    const [left, top] = [column * CELL, line * CELL];
    const [right, bottom] = [Math.min(left + CELL, width), Math.min(top + CELL, height)];
    const inside = left + x >= 0 && top + y >= 0 && right + x <= width && bottom + y <= height;
    let sum = 0;
    for (let row = top; row < bottom; row += 1) {
      const own = row * width;
      if (inside) {
        const other = own + y * width + x;
        for (let at = left; at < right; at += 1) sum += Math.abs(grey[own + at] - before[other + at]);
      } else {
        const other = clamp(row + y, height) * width;
        for (let at = left; at < right; at += 1) sum += Math.abs(grey[own + at] - before[other + clamp(at + x, width)]);
      }
      if (sum >= enough) return sum;
    }
    return sum;
  }

  /**
   * Take each pixel of pictures from where it was; bilinear, edges repeated.
   * @param {{from: Float32Array, to: Float32Array}[]} pictures [rows, stride, 3] each: a picture and its padding
   * @param {number} stride
   * @param {number} rows
   */
  move(pictures, stride, rows) {
    const half = CELL / 2;
    for (let top = -half; top < rows; top += CELL) {
      for (let left = -half; left < stride; left += CELL) this.moveSquare(pictures, stride, rows, left, top);
    }
  }

  /** Move the square between the middles of four cells. @param {{from: Float32Array, to: Float32Array}[]} pictures @param {number} stride @param {number} rows @param {number} left @param {number} top */
  moveSquare(pictures, stride, rows, left, top) {
    const column = Math.floor(left / CELL);
    const line = Math.floor(top / CELL);
    const cell = (/** @type {number} */ dx, /** @type {number} */ dy) =>
      clamp(line + dy, this.lines) * this.columns + clamp(column + dx, this.columns);
    const corners = [cell(0, 0), cell(1, 0), cell(0, 1), cell(1, 1)];
    const still = corners.every((corner) => this.xs[corner] === 0 && this.ys[corner] === 0);
    const [start, end] = [Math.max(left, 0), Math.min(left + CELL, stride)];
    for (let row = Math.max(top, 0); row < Math.min(top + CELL, rows); row += 1) {
      if (still) {
        for (const { from, to } of pictures) {
          for (let at = 3 * (row * stride + start); at < 3 * (row * stride + end); at += 1) to[at] = from[at];
        }
        continue;
      }
      const down = (row - top + 0.5) / CELL;
      for (let x = start; x < end; x += 1) {
        const across = (x - left + 0.5) / CELL;
        movePixel(pictures, stride, rows, x, row, mix(this.xs, corners, across, down), mix(this.ys, corners, across, down));
      }
    }
  }
}

/** @param {{from: Float32Array, to: Float32Array}[]} pictures @param {number} stride @param {number} rows @param {number} x @param {number} row @param {number} dx @param {number} dy */
function movePixel(pictures, stride, rows, x, row, dx, dy) {
  const fromX = Math.min(Math.max(x + dx, 0), stride - 1);
  const fromY = Math.min(Math.max(row + dy, 0), rows - 1);
  const left = Math.floor(fromX);
  const top = Math.floor(fromY);
  const across = fromX - left;
  const down = fromY - top;
  const a = 3 * (top * stride + left);
  const b = left + 1 < stride ? 3 : 0; // to the pixel on the right, and to the one below
  const c = top + 1 < rows ? 3 * stride : 0;
  const out = 3 * (row * stride + x);
  for (let index = 0; index < pictures.length; index += 1) {
    const { from, to } = pictures[index];
    for (let channel = 0; channel < 3; channel += 1) {
      const at = a + channel;
      const upper = from[at] + across * (from[at + b] - from[at]);
      const lower = from[at + c] + across * (from[at + b + c] - from[at + c]);
      to[out + channel] = upper + down * (lower - upper);
    }
  }
}

/** @param {Float32Array} values @param {number[]} corners @param {number} across @param {number} down */
function mix(values, corners, across, down) {
  const upper = values[corners[0]] + across * (values[corners[1]] - values[corners[0]]);
  const lower = values[corners[2]] + across * (values[corners[3]] - values[corners[2]]);
  return upper + down * (lower - upper);
}

/** Where two lines of one steepness through three sums at -1, 0 and 1 meet. @param {number} before @param {number} middle @param {number} after */
function vertex(before, middle, after) {
  const steep = Math.max(before, after) - middle;
  return steep <= 0 ? 0 : Math.min(Math.max((before - after) / (2 * steep), -0.5), 0.5);
}

/** @param {number} value @param {number} length */
function clamp(value, length) {
  return Math.min(Math.max(value, 0), length - 1);
}
