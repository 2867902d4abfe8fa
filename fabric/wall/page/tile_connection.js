// The one socket of the wall: lists and states come as text, the tiles in view as batches of pictures.

const RETRY_MS = 700;
const SILENT_MS = 6000; // the wall says something every few seconds, so a socket this quiet is dead
const BATCH_BYTES = 4;
const TILE_BYTES = 12; // number, age in seconds, length of the picture

// The tiles of a batch: [{number, ageS, jpeg}]; its own number is in front of them.
export function unpackTiles(data) {
  const view = new DataView(data);
  const tiles = [];
  let at = BATCH_BYTES;
  while (at + TILE_BYTES <= data.byteLength) {
    const length = view.getUint32(at + 8, true);
    const start = at + TILE_BYTES;
    tiles.push({
      number: view.getUint32(at, true),
      ageS: view.getFloat32(at + 4, true),
      jpeg: new Blob([new Uint8Array(data, start, length)], { type: "image/jpeg" }),
    });
    at = start + length;
  }
  return { batch: view.getUint32(0, true), tiles };
}

export class TileConnection {
  // onText(message), onTile({number, ageS, bitmap}), onState(open, refused)
  constructor({ onText, onTile, onState }) {
    Object.assign(this, { onText, onTile, onState });
    this.url = new URL("tiles.socket", location.href);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.visible = [];
    this.open();
    setInterval(() => this.watch(), 1000);
  }

  open() {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.onState(true, false);
      this.send(socket, { visible: this.visible });
    };
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = () => this.closed(socket);
  }

  // The numbers of the tiles that are in view: no other picture is sent.
  show(numbers) {
    this.visible = numbers;
    this.send(this.socket, { visible: numbers });
  }

  async receive(socket, data) {
    this.heardAt = performance.now();
    if (typeof data === "string") {
      this.onText(JSON.parse(data));
      return;
    }
    const { batch, tiles } = unpackTiles(data);
    await Promise.all(tiles.map((tile) => this.draw(tile)));
    this.send(socket, { drawn: batch });
  }

  async draw({ number, ageS, jpeg }) {
    try {
      const bitmap = await createImageBitmap(jpeg);
      this.onTile({ number, ageS, bitmap });
      bitmap.close();
    } catch {
      // No picture after all; the next one comes in a second.
    }
  }

  closed(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.onState(false, false);
    this.tellWhetherRefused();
    setTimeout(() => this.open(), RETRY_MS);
  }

  // A wall that was started anew has another token: this page is let in no more.
  async tellWhetherRefused() {
    try {
      const answer = await fetch(location.href, { method: "HEAD" });
      if (answer.status === 403 && this.socket?.readyState !== WebSocket.OPEN) this.onState(false, true);
    } catch {
      // Nobody answers: the next try may find somebody.
    }
  }

  watch() {
    if (this.socket === null || performance.now() - this.heardAt < SILENT_MS) return;
    const dead = this.socket;
    this.closed(dead);
    dead.close();
  }

  send(socket, message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }
}
