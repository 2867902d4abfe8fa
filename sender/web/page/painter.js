// The thread that decodes and paints: a coded frame in, a picture out, one at a time.

import { BaseDecoder } from "./codec/base_decoder.js";
import { ColourConverter } from "./codec/colour.js";
import { BitstreamError, PayloadChain } from "./codec/hybrid_header.js";
import { Restorer } from "./codec/restorer.js";

const PICTURE_TYPES = /** @type {{[codec: string]: string}} */ ({
  jpeg: "image/jpeg", png: "image/png", webp: "image/webp", avif: "image/avif",
});

/** Decodes the hybrid codec's stream. */
class HybridDecoder {
  /** @param {Restorer} restorer */
  constructor(restorer) {
    this.restorer = restorer;
    this.chain = new PayloadChain();
    /** @type {BaseDecoder | null} */
    this.decoder = null;
    /** @type {import("./codec/hybrid_header.js").BaseStream | null} */
    this.stream = null;
    /** @type {ColourConverter | null} */
    this.converter = null;
  }

  /** @param {any} frame */
  async decode(frame) {
    try {
      const { crf, stream, packet } = this.chain.unpack(frame.payload);
      if (stream !== null) this.start(stream, packet, frame);
      if (this.decoder === null || this.stream === null || this.converter === null) {
        throw new BitstreamError("no keyframe has been decoded yet");
      }
      const planes = await this.decoder.decode(packet);
      const rgba = this.converter.toRgba(planes);
      const { width, height } = planes;
      const picture = { rgba, width, height };
      return await this.restorer.restore(picture, this.stream, { crf, keyframe: stream !== null, backlog: frame.backlog });
    } catch (error) {
      this.decoder = null; // usable again from the next keyframe
      throw error;
    }
  }

  /** Start at a keyframe, with a fresh decoder. @param {import("./codec/hybrid_header.js").BaseStream} stream @param {Uint8Array} packet @param {any} frame */
  start(stream, packet, frame) {
    if (stream.width !== frame.width || stream.height !== frame.height) {
      throw new BitstreamError(`a keyframe of ${stream.width}x${stream.height}`);
    }
    this.decoder?.close();
    this.decoder = new BaseDecoder(stream, packet);
    const { width, height } = this.decoder.size;
    this.converter = new ColourConverter(width, height, stream.format);
    this.stream = stream;
    this.restorer.forget();
  }
}

const restorer = new Restorer((state) => postMessage({ kind: "painting", ...state }));
const hybrid = new HybridDecoder(restorer);

/** @param {any} frame @returns {Promise<{bitmap?: ImageBitmap, rgba?: Uint8ClampedArray, width: number, height: number, painted: boolean}>} */
async function decode(frame) {
  if (frame.codec === "hybrid") return hybrid.decode(frame);
  const bitmap = await createImageBitmap(new Blob([frame.payload], { type: PICTURE_TYPES[frame.codec] }));
  return { bitmap, width: bitmap.width, height: bitmap.height, painted: false };
}

/** @param {any} frame @param {MessagePort} network */
async function show(frame, network) {
  const began = performance.now();
  const { sequence, captureLocalUs, clockErrorUs, networkUs, quality } = frame;
  try {
    const picture = await decode(frame);
    const decodeMs = performance.now() - began;
    network.postMessage({ sequence, decodeMs });
    const transfer = picture.bitmap ? [picture.bitmap] : picture.rgba ? [picture.rgba.buffer] : [];
    postMessage({ kind: "picture", ...picture, sequence, captureLocalUs, clockErrorUs, networkUs, quality, decodeMs }, { transfer });
  } catch (error) {
    network.postMessage({ sequence, failed: String(/** @type {Error} */ (error).message ?? error) });
  }
}

onmessage = (event) => {
  if (event.data.kind === "start") {
    const network = event.ports[0];
    network.onmessage = (message) => show(message.data, network);
  } else if (event.data.kind === "generator") restorer.load(event.data);
};
