// The pictures of one stream, one on its way at a time.

import { LiveSocket } from "./live_socket.js";

const HEADER_BYTES = 9; // number, age and mark of a picture
const SILENT_MS = 5000; // the receiver says something every two seconds at least

export class Connection extends LiveSocket {
  // base: path of the stream's page; tile: it is shown among others
  // onText(message), onPicture({number, ageMs, marked, arrivedAt, bitmap}), onState(open, refused)
  constructor({ base = "", tile = false, onText, onPicture, onState }) {
    const page = new URL(base, location.href);
    super({ page, path: tile ? "socket?tile=1" : "socket", silentMs: SILENT_MS, onText, onState });
    this.onPicture = onPicture;
    this.drawsHidden = false; // also while nobody looks at the tab, for a picture that floats above others
    this.due = null; // the picture that waits to be drawn
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.drawsHidden) this.due?.();
    });
    this.start();
  }

  press(button) {
    this.send(this.socket, { press: button });
  }

  choose(name, value) {
    this.send(this.socket, { [name]: value });
  }

  async receivePicture(socket, data) {
    const header = new DataView(data, 0, HEADER_BYTES);
    const number = header.getUint32(0, true);
    const ageMs = header.getFloat32(4, true);
    const marked = header.getUint8(8) !== 0;
    const bitmap = await createImageBitmap(new Blob([data.slice(HEADER_BYTES)], { type: "image/jpeg" }));
    this.whenDrawing(() => {
      if (socket === this.socket) this.onPicture({ number, ageMs, marked, arrivedAt: this.heardAt, bitmap });
      bitmap.close();
      this.send(socket, { drawn: number });
    });
  }

  // A tab that nobody looks at draws nothing, and so is sent nothing.
  whenDrawing(draw) {
    const once = () => {
      if (this.due !== once) return;
      this.due = null;
      draw();
    };
    this.due = once;
    if (document.hidden && this.drawsHidden) once();
    else requestAnimationFrame(once);
  }
}
