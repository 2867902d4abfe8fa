// The socket to the receiver: made anew whenever it ends, one picture on its way at a time.

const RETRY_MS = 700;
const HEADER_BYTES = 9; // number, age and mark of a picture
const SILENT_MS = 5000; // the receiver says something every two seconds at least, so a socket this quiet is dead

export class Connection {
  // base: path of the stream's page; tile: it is shown among others
  // onText(message), onPicture({number, ageMs, marked, arrivedAt, bitmap}), onState(open, refused)
  constructor({ base = "", tile = false, onText, onPicture, onState }) {
    Object.assign(this, { onText, onPicture, onState });
    this.page = new URL(base, location.href);
    this.url = new URL("socket", this.page);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (tile) this.url.searchParams.set("tile", "1");
    this.heardAt = performance.now();
    this.drawsHidden = false; // also while nobody looks at the tab, for a picture that floats above others
    this.due = null; // the picture that waits to be drawn
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.drawsHidden) this.due?.();
    });
    this.open();
    setInterval(() => this.watch(), 1000);
  }

  open() {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.onState(true);
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = () => this.closed(socket);
  }

  press(button) {
    this.send(this.socket, { press: button });
  }

  choose(name, value) {
    this.send(this.socket, { [name]: value });
  }

  closed(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.onState(false, false);
    this.tellWhetherRefused();
    setTimeout(() => this.open(), RETRY_MS);
  }

  // A receiver that was started anew has another token: this page is let in no more.
  async tellWhetherRefused() {
    try {
      const answer = await fetch(this.page, { method: "HEAD" });
      if (answer.status === 403 && this.socket?.readyState !== WebSocket.OPEN) this.onState(false, true);
    } catch {
      // Nobody answers: the next try may find somebody.
    }
  }

  // A phone that slept, or a network that changed, leaves sockets that never close.
  watch() {
    if (this.socket === null || performance.now() - this.heardAt < SILENT_MS) return;
    const dead = this.socket;
    this.closed(dead);
    dead.close();
  }

  async receive(socket, data) {
    this.heardAt = performance.now();
    if (typeof data === "string") {
      this.onText(JSON.parse(data));
      return;
    }
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

  send(socket, message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }
}
