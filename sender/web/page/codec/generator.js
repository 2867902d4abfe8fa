// The generator (codec/hybrid/restoration.py) in onnxruntime-web: on WebGPU where there is one, else WebAssembly.

import { fetchKept, forgetOthers } from "./kept_files.js";

export const WASM = { wasm: "ort-wasm-simd-threaded.wasm", webgpu: "ort-wasm-simd-threaded.jspi.wasm" };
const CRF = [[24, 70], [20, 48]]; // best and worst constant rate factor of AV1 and H.264
const SCALES = 3;
const USUAL_DETAIL = 0.4;
const DETAIL_GAIN = 5;
const SOFT = 0.36;
const CRISP = 0.42;
const STRENGTH_SOFT = 1;
const STRENGTH_CRISP = 1.3;
const COARSE = 0.4;
const MAX_THREADS = 4; // more gain little at this size; one core is left to the threads that receive and decode

/** @typedef {{base: string, network: string, runtime: string, gpuRuntime: string | null}} Files as stream.json names them */
/** @typedef {import("./hybrid_header.js").BaseStream} BaseStream */
/** @typedef {{base: Float32Array, lastBase: Float32Array, movedBase: Float32Array, movedPainted: Float32Array, lastShown: Float32Array}} Pictures float32 [rows, stride, 3] */
/** @typedef {{painted: Float32Array, shown: Float32Array, pixels: Uint8Array}} Made `pixels` is what is shown, in 0 to 255 */

export class Generator {
  /** @param {any} ort @param {any} session @param {string} device */
  constructor(ort, session, device) {
    this.ort = ort;
    this.session = session;
    this.device = device;
  }

  /** Load runtime and network. @param {Files} files @param {string} page address that the files are relative to @param {"auto" | "wasm" | "webgpu"} device */
  static async load(files, page, device = "auto") {
    const base = new URL(files.base, page).href;
    if (device !== "wasm" && files.gpuRuntime && (await hasGpu(device === "webgpu"))) {
      try {
        return await open(base, files.gpuRuntime, files.network, "webgpu");
      } catch (error) {
        if (device === "webgpu") throw error;
      }
    }
    return open(base, files.runtime, files.network, "wasm");
  }

  /**
   * @param {Pictures} pictures all of them the base picture, where there is no last one
   * @param {number} rows
   * @param {number} stride
   * @param {number[]} told as `conditions` says
   * @param {number} strength of what is added
   * @param {boolean} follows whether there is a last picture
   * @returns {Promise<Made>}
   */
  async paint(pictures, rows, stride, told, strength, follows) {
    const tensor = (/** @type {Float32Array} */ values, /** @type {number[]} */ shape) => new this.ort.Tensor("float32", values, shape);
    const picture = (/** @type {Float32Array} */ values) => tensor(values, [rows, stride, 3]);
    const out = await this.session.run({
      base: picture(pictures.base),
      last_base: picture(pictures.lastBase),
      moved_base: picture(pictures.movedBase),
      moved_painted: picture(pictures.movedPainted),
      last_shown: picture(pictures.lastShown),
      conditions: tensor(Float32Array.from(told), [1, told.length]),
      shares: tensor(Float32Array.of(strength, Number(follows)), [2]),
    });
    return { painted: out.painted.data, shown: out.shown.data, pixels: out.pixels.data };
  }
}

/** @param {string} base @param {string} runtime @param {string} network @param {"wasm" | "webgpu"} device */
async function open(base, runtime, network, device) {
  const ort = await import(base + runtime);
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = base;
  ort.env.wasm.wasmBinary = await fetchKept(base + WASM[device]);
  const cores = navigator.hardwareConcurrency || 1;
  ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.min(Math.max(1, cores - 1), MAX_THREADS) : 1;
  const session = await ort.InferenceSession.create(await fetchKept(base + network), { executionProviders: [device] });
  await forgetOthers(base);
  return new Generator(ort, session, device);
}

/** @param {boolean} any one that is emulated by the processor too: WebAssembly is quicker than that */
async function hasGpu(any) {
  const gpu = /** @type {any} */ (navigator).gpu;
  // The runtime for it suspends WebAssembly while the processor of the graphics works.
  if (!gpu || !("Suspending" in WebAssembly)) return false;
  try {
    const adapter = await gpu.requestAdapter();
    return adapter !== null && (any || !(adapter.info?.isFallbackAdapter || adapter.isFallbackAdapter));
  } catch {
    return false;
  }
}

/** How coarse a quantiser is: 0 at a format's best, 1 at its worst. @param {BaseStream} stream @param {number} crf */
export function quantiserOf(stream, crf) {
  const [best, worst] = CRF[stream.number];
  return Math.min(1, Math.max(0, (crf - best) / (worst - best)));
}

/** What the generator is told of base layer and source. @param {BaseStream} stream @param {number} crf @param {boolean} keyframe */
export function conditions(stream, crf, keyframe) {
  const sizes = Array.from({ length: SCALES }, (_, index) => Number(index === stream.scale));
  return [quantiserOf(stream, crf), Number(keyframe), stream.number, ...sizes, DETAIL_GAIN * (stream.detail - USUAL_DETAIL)];
}

/** What the residual is multiplied by for a source of this much detail, coded so coarsely. @param {number} detail @param {number} quantiser */
export function restorationStrength(detail, quantiser) {
  const share = Math.min(1, Math.max(0, (detail - SOFT) / (CRISP - SOFT)));
  return Math.min(1, quantiser / COARSE) * (STRENGTH_SOFT + share * (STRENGTH_CRISP - STRENGTH_SOFT));
}
