// Decodes the base layer with WebCodecs: a packet in, the planes of its picture out.

import { BitstreamError, codedSize } from "./hybrid_header.js";

const LATE_MS = 2000; // a decoder that gives no picture for this long is taken for broken

/** @typedef {import("./hybrid_header.js").BaseStream} BaseStream */
/** @typedef {{width: number, height: number, y: Uint8Array, u: Uint8Array, v: Uint8Array}} Planes 4:2:0 without padding */

/** @param {"av1" | "h264"} format @returns {Promise<boolean>} whether this browser decodes it */
export async function decodes(format) {
  if (typeof VideoDecoder === "undefined") return false;
  const codec = format === "av1" ? "av01.0.08M.08" : "avc1.64001f";
  try {
    return (await VideoDecoder.isConfigSupported({ codec, optimizeForLatency: true })).supported === true;
  } catch {
    return false;
  }
}

/** One stream, from a keyframe on; a packet's picture comes at once. */
export class BaseDecoder {
  /** @param {BaseStream} stream @param {Uint8Array} keyframe its first packet */
  constructor(stream, keyframe) {
    this.size = codedSize(stream);
    this.format = stream.format;
    this.count = 0;
    /** @type {{resolve: (frame: VideoFrame) => void, reject: (error: Error) => void} | null} */
    this.waiting = null;
    this.decoder = new VideoDecoder({
      output: (frame) => this.settle((waiting) => waiting.resolve(frame), () => frame.close()),
      error: (error) => this.settle((waiting) => waiting.reject(error), () => {}),
    });
    const codec = stream.format === "av1" ? "av01.0.08M.08" : avcName(keyframe);
    this.decoder.configure({
      codec,
      codedWidth: this.size.width,
      codedHeight: this.size.height,
      optimizeForLatency: true,
    });
  }

  /** @param {Uint8Array} packet @returns {Promise<Planes>} @throws {BitstreamError} */
  async decode(packet) {
    const type = this.count === 0 ? "key" : "delta";
    const chunk = new EncodedVideoChunk({ type, timestamp: 1000 * this.count, data: packet });
    this.count += 1;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no picture for ${LATE_MS} ms`)), LATE_MS);
    });
    const decoded = new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.decoder.decode(chunk);
    });
    try {
      return await this.planes(await /** @type {Promise<VideoFrame>} */ (Promise.race([decoded, late])));
    } catch (error) {
      this.close();
      if (error instanceof BitstreamError) throw error;
      throw new BitstreamError(`the base layer does not decode: ${/** @type {Error} */ (error).message}`);
    } finally {
      clearTimeout(timer);
    }
  }

  close() {
    if (this.decoder.state !== "closed") this.decoder.close();
  }

  /** @param {VideoFrame} frame @returns {Promise<Planes>} */
  async planes(frame) {
    try {
      const { width, height } = this.size;
      const shown = frame.visibleRect;
      if (shown === null || shown.width !== width || shown.height !== height || frame.format !== "I420") {
        throw new BitstreamError(`the base picture is ${shown?.width}x${shown?.height} ${frame.format}`);
      }
      const bytes = new Uint8Array((width * height * 3) / 2);
      const [ySize, uvSize] = [width * height, (width * height) / 4];
      const layout = [
        { offset: 0, stride: width },
        { offset: ySize, stride: width / 2 },
        { offset: ySize + uvSize, stride: width / 2 },
      ];
      await frame.copyTo(bytes, { layout });
      const plane = (/** @type {number} */ at, /** @type {number} */ size) => bytes.subarray(at, at + size);
      return { width, height, y: plane(0, ySize), u: plane(ySize, uvSize), v: plane(ySize + uvSize, uvSize) };
    } finally {
      frame.close();
    }
  }

  /** @param {(waiting: {resolve: (frame: VideoFrame) => void, reject: (error: Error) => void}) => void} give @param {() => void} drop */
  settle(give, drop) {
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting === null) drop();
    else give(waiting);
  }
}

/** The name of an H.264 stream, from its sequence parameters in Annex B. @param {Uint8Array} keyframe */
function avcName(keyframe) {
  for (let at = 0; at + 6 < keyframe.length; at += 1) {
    const start = keyframe[at] === 0 && keyframe[at + 1] === 0 && keyframe[at + 2] === 1;
    if (!start || (keyframe[at + 3] & 31) !== 7) continue;
    const profile = Array.from(keyframe.subarray(at + 4, at + 7), (byte) => byte.toString(16).padStart(2, "0"));
    return `avc1.${profile.join("")}`;
  }
  throw new BitstreamError("the keyframe has no sequence parameters");
}
