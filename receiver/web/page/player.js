// Plays a recording: videos by the browser's own player, payloads decoded by the receiver, picture by picture.

const $ = (id) => document.getElementById(id);
const STEP_MS = 5000;
const LAPSE_FPS = 15; // pictures a second that are asked for where it is to go faster than it was recorded

export class Player {
  constructor() {
    this.payloads = null;
    $("player").addEventListener("close", () => {
      if (!$("player").open) this.stop(); // the event comes late: another recording may play already
    });
    $("player-close").onclick = () => $("player").close();
  }

  play(file) {
    this.stop();
    $("player-name").textContent = file.name;
    $("player-state").textContent = "";
    $("player-save").href = `recordings/${file.number}?download`;
    $("video").hidden = file.plays !== "video";
    $("payloads").hidden = file.plays !== "payloads";
    if (file.plays === "video") {
      $("video").src = `recordings/${file.number}`;
      $("video").onerror = () => {
        $("player-state").textContent = "this browser does not play it: download it";
      };
      $("video").play().catch(() => {}); // its own button does it then
    } else {
      this.payloads = new PayloadPlayer(file.number);
    }
    if (!$("player").open) $("player").showModal();
    $(file.plays === "video" ? "video" : "payloads-play").focus();
  }

  stop() {
    $("video").onerror = null;
    $("video").removeAttribute("src");
    $("video").load();
    this.payloads?.close();
    this.payloads = null;
  }
}

class PayloadPlayer {
  constructor(number) {
    Object.assign(this, { durationMs: 0, atMs: 0, playing: true, waiting: null, timer: null });
    const url = new URL(`recordings/${number}/play`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = (event) => this.receive(event.data);
    this.socket.onclose = (event) => {
      if (this.socket !== null) this.say(event.reason || "the receiver is gone");
    };
    $("payloads-play").onclick = () => this.toggle();
    $("payloads-seek").oninput = () => this.seek(Number($("payloads-seek").value));
    $("payloads-speed").onchange = () => this.seek(this.atMs);
    $("payloads").onkeydown = (event) => this.key(event);
    this.say("");
    this.show();
  }

  get speed() {
    return Number($("payloads-speed").value);
  }

  close() {
    const { socket } = this;
    this.socket = null;
    clearTimeout(this.timer);
    socket.close();
  }

  async receive(data) {
    if (typeof data === "string") {
      this.text(JSON.parse(data));
      return;
    }
    const atMs = new DataView(data, 0, 8).getFloat64(0, true);
    const bitmap = await createImageBitmap(new Blob([data.slice(8)], { type: "image/jpeg" }));
    if (this.socket === null) return;
    this.arrived({ atMs, bitmap });
  }

  text(message) {
    if (message.kind === "recording") {
      this.durationMs = message.duration_ms;
      $("payloads-seek").max = String(message.duration_ms);
      [$("payloads-picture").width, $("payloads-picture").height] = [message.width, message.height];
      this.say(`${message.codec}, ${message.width}x${message.height}, recorded from ${message.recorded_at}`);
      this.seek(0);
    } else if (message.kind === "end") {
      this.playing = false;
      this.ended = true;
      this.show();
    } else {
      this.say(message.text);
    }
  }

  // The first picture from a time on; what was asked for before is not shown any more.
  seek(atMs) {
    clearTimeout(this.timer);
    this.ended = false;
    this.begun = null;
    this.sought = Math.round(Math.min(atMs, this.durationMs));
    const every = this.speed > 1 ? Math.round((1000 * this.speed) / LAPSE_FPS) : 0;
    this.send({ at: this.sought, every });
  }

  arrived({ atMs, bitmap }) {
    if (this.sought !== null && atMs < this.sought) {
      bitmap.close(); // of before the seek
      return;
    }
    const now = performance.now();
    if (this.begun === null || this.sought !== null) this.begun = { now, atMs };
    this.sought = null;
    const dueMs = this.begun.now + (atMs - this.begun.atMs) / this.speed - now;
    if (dueMs < -500) this.begun = { now, atMs }; // it does not keep up: go on from here, without a hurry
    this.timer = setTimeout(() => this.draw(atMs, bitmap), Math.max(0, dueMs));
  }

  draw(atMs, bitmap) {
    const canvas = $("payloads-picture");
    if (canvas.width !== bitmap.width) [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    canvas.dataset.at = String(atMs);
    bitmap.close();
    this.atMs = atMs;
    this.show();
    if (this.playing) this.send({ next: 1 });
  }

  toggle() {
    this.playing = !this.playing;
    if (this.playing) {
      if (this.ended) this.seek(0);
      else {
        this.begun = null;
        this.send({ next: 1 });
      }
    }
    this.show();
  }

  key(event) {
    if (event.target.matches("select, input")) return;
    const step = { ArrowLeft: -STEP_MS, ArrowRight: STEP_MS }[event.key];
    if (step !== undefined) this.seek(Math.max(0, this.atMs + step));
    else if (event.key === " " && !event.target.matches("button")) this.toggle();
    else return;
    event.preventDefault();
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  say(text) {
    $("player-state").textContent = text;
  }

  show() {
    const text = `${clock(this.atMs)} of ${clock(this.durationMs)}`;
    $("payloads-time").textContent = text;
    $("payloads-seek").value = String(this.atMs);
    $("payloads-seek").setAttribute("aria-valuetext", text);
    $("payloads-play").textContent = this.playing ? "Pause" : "Play";
  }
}

function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  return `${hours > 0 ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
