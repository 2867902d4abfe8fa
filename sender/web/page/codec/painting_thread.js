// The generator as the thread that decodes sees it: loaded and run in a thread of its own, one picture at a time.

/** @typedef {import("./generator.js").Made} Made */

export class PaintingThread {
  /** @param {(state: {kind: "ready" | "failed" | "painted", device?: string, ms?: number, reason?: string}) => void} tell */
  constructor(tell) {
    this.tell = tell;
    this.device = ""; // where it runs; empty until it is loaded
    this.loading = false;
    this.busy = false;
    /** @type {((made: Made | null) => void) | null} */
    this.waiting = null;
    /** @type {Worker | null} */
    this.worker = null;
  }

  /** @param {{[field: string]: unknown}} how as generator_thread.js takes it */
  load(how) {
    this.loading = true;
    this.worker = new Worker(new URL("../generator_thread.js", import.meta.url), { type: "module" });
    this.worker.onmessage = (event) => this.answered(event.data);
    this.worker.onerror = (event) => this.answered({ kind: "failed", reason: event.message || "its thread cannot start" });
    this.worker.postMessage({ kind: "load", ...how });
  }

  /**
   * @param {{[field: string]: unknown}} how as generator_thread.js takes it
   * @param {number} patienceMs
   * @returns {Promise<Made | null>} null where it takes longer: what comes then is dropped
   */
  paint(how, patienceMs) {
    this.busy = true;
    /** @type {Worker} */ (this.worker).postMessage({ kind: "paint", ...how });
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(null), patienceMs);
      this.waiting = (made) => {
        clearTimeout(timer);
        resolve(made);
      };
    });
  }

  /** @param {any} answer */
  answered(answer) {
    this.busy = this.loading = false;
    if (answer.kind === "ready") this.device = answer.device;
    if (answer.kind === "failed") {
      this.device = "";
      this.worker?.terminate();
    }
    this.tell(answer);
    this.settle(answer.kind === "painted" ? answer : null);
  }

  /** @param {Made | null} made */
  settle(made) {
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.(made);
  }
}
