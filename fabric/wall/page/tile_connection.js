// The one socket of the wall: lists and states come as text, the tiles in view as batches of pictures.

import { LiveSocket } from "./live_socket.js";

const SILENT_MS = 6000; // the wall says something every few seconds
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

export class TileConnection extends LiveSocket {
  // onText(message), onTile({number, ageS, bitmap}), onState(open, refused)
  constructor({ onText, onTile, onState }) {
    super({ page: location.href, path: "tiles.socket", silentMs: SILENT_MS, onText, onState });
    this.onTile = onTile;
    this.visible = [];
    this.start();
  }

  opened(socket) {
    super.opened();
    this.send(socket, { visible: this.visible });
  }

  // The numbers of the tiles that are in view: no other picture is sent.
  show(numbers) {
    this.visible = numbers;
    this.send(this.socket, { visible: numbers });
  }

  async receivePicture(socket, data) {
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
}
