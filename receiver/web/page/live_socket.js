// A socket to the program that served the page: made anew whenever it ends or says nothing for too long.

const RETRY_MS = 700;

export class LiveSocket {
  // page: URL whose program it is; path: of the socket below it; silentMs: a socket this quiet is dead
  // onText(message), onState(open, refused); what extends it has receivePicture(socket, data)
  constructor({ page, path, silentMs, onText, onState }) {
    Object.assign(this, { page, silentMs, onText, onState });
    this.url = new URL(path, page);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.heardAt = performance.now();
  }

  // Called once what extends it is ready to be told of anything.
  start() {
    this.open();
    setInterval(() => this.watch(), 1000);
  }

  open() {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = () => this.closed(socket);
  }

  opened() {
    this.onState(true, false);
  }

  async receive(socket, data) {
    this.heardAt = performance.now();
    if (typeof data === "string") this.onText(JSON.parse(data));
    else await this.receivePicture(socket, data);
  }

  closed(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.onState(false, false);
    this.tellWhetherRefused();
    setTimeout(() => this.open(), RETRY_MS);
  }

  // A program that was started anew has another token: this page is let in no more.
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
    if (this.socket === null || performance.now() - this.heardAt < this.silentMs) return;
    const dead = this.socket;
    this.closed(dead);
    dead.close();
  }

  send(socket, message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }
}
