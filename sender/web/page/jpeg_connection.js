// The way of pictures to a browser that cannot decode the stream: JPEG files, one at a time.

const RETRY_MS = 700;
const SILENT_MS = 15000; // a large picture over a thin link takes some seconds

/** @typedef {{onPicture: (bitmap: ImageBitmap, sequence: number, ageMs: number) => void, onLink: (up: boolean, headline: string, detail: string) => void}} Handlers */

export class JpegConnection {
  /** @param {URL} url @param {Handlers} handlers */
  constructor(url, handlers) {
    this.url = new URL(url);
    this.url.protocol = this.url.protocol === "https:" ? "wss:" : "ws:";
    this.handlers = handlers;
    this.open();
  }

  open() {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    /** @type {any} what the sender says of the picture that comes next */
    let told = null;
    let heardAt = performance.now();
    let askedAt = performance.now();
    const watch = setInterval(() => performance.now() - heardAt > SILENT_MS && socket.close(), 1000);
    socket.onmessage = async (event) => {
      heardAt = performance.now();
      if (typeof event.data === "string") {
        told = JSON.parse(event.data);
        return;
      }
      const bitmap = await createImageBitmap(new Blob([event.data], { type: "image/jpeg" }));
      this.handlers.onLink(true, "", "");
      // The way took no longer than we have waited, less what the sender held: so the picture is that old at most.
      const wayMs = Math.max(0, performance.now() - askedAt - told.heldMs);
      this.handlers.onPicture(bitmap, told.sequence, told.ageMs + wayMs);
      bitmap.close();
      askedAt = performance.now();
      if (socket.readyState === WebSocket.OPEN) socket.send("drawn");
    };
    socket.onclose = (event) => {
      clearInterval(watch);
      this.handlers.onLink(false, event.reason ? "the sender refuses this page" : "the link is down", event.reason || "connecting again");
      setTimeout(() => this.open(), RETRY_MS);
    };
  }
}
