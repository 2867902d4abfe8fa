// Lets the generator paint on base pictures where it is loaded and keeps up; otherwise they are shown as they are.

/** @typedef {{rgba: Uint8ClampedArray<ArrayBuffer>, width: number, height: number}} Picture */

export class Restorer {
  /** @param {(state: {[field: string]: unknown}) => void} tell */
  constructor(tell) {
    this.tell = tell;
    this.wanted = true;
  }

  /** @param {any} files */
  async load(files) {
    this.tell({ text: String(files) });
  }

  forget() {}

  /** @param {Picture} picture @param {any} stream @param {any} frame */
  async restore(picture, stream, frame) {
    return { ...picture, painted: false };
  }
}
