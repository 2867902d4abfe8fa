// The thread that the generator runs in: loading it takes seconds, and a picture part of one, in which others go on.

import { Generator } from "./codec/generator.js";

const WARM_UPS = 2; // the first one also gets everything ready

/** @type {Generator | null} */
let generator = null;

/** @param {any} asked */
async function load({ files, page, device, rows, stride, told }) {
  generator = await Generator.load(files, page, device);
  const empty = new Float32Array(3 * rows * stride);
  const pictures = { base: empty, movedBase: empty, movedPainted: empty, lastBase: empty, lastShown: empty };
  let ms = 0;
  for (let count = 0; count < WARM_UPS; count += 1) {
    const began = performance.now();
    await generator.paint(pictures, rows, stride, told, 1, false);
    ms = performance.now() - began;
  }
  postMessage({ kind: "ready", device: generator.device, ms });
}

/** @param {any} asked */
async function paint({ pictures, rows, stride, told, strength, follows }) {
  const began = performance.now();
  const made = await /** @type {Generator} */ (generator).paint(pictures, rows, stride, told, strength, follows);
  // Copies: what it made may lie in the runtime's own memory.
  const [painted, shown, pixels] = [made.painted.slice(), made.shown.slice(), made.pixels.slice()];
  const ms = performance.now() - began;
  postMessage({ kind: "painted", painted, shown, pixels, ms }, { transfer: [painted.buffer, shown.buffer, pixels.buffer] });
}

onmessage = async (event) => {
  try {
    await (event.data.kind === "load" ? load(event.data) : paint(event.data));
  } catch (error) {
    postMessage({ kind: "failed", reason: String(/** @type {Error} */ (error).message ?? error).slice(0, 200) });
  }
};
