// One camera of the wall: its newest picture, its name, and what is wrong with it.

const STALE_MS = 5000; // a picture is told once a second; a worker that is busy may be late

export class CameraTile {
  constructor({ number, name }) {
    this.number = number;
    this.name = name;
    this.alerts = [];
    this.note = "";
    this.quiet = true;
    this.pictureAt = null;
    this.inView = false;
    this.build();
  }

  build() {
    this.element = document.createElement("a");
    this.element.className = "camera stale";
    this.element.href = `${encodeURIComponent(this.name)}/`;
    this.element.dataset.number = String(this.number);
    this.canvas = document.createElement("canvas");
    [this.canvas.width, this.canvas.height] = [160, 90];
    this.said = document.createElement("span");
    this.said.className = "said";
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = this.name;
    this.element.append(this.canvas, this.said, name);
  }

  // What the wall says of it; since when is told in seconds, so that no clock but this browser's own counts.
  say({ quiet, note, alerts }) {
    this.quiet = quiet;
    this.note = note;
    const now = Date.now();
    this.alerts = alerts.map((alert) => ({ ...alert, since: new Date(now - 1000 * alert.seconds) }));
  }

  draw({ ageS, bitmap }) {
    this.pictureAt = performance.now() - (Number.isFinite(ageS) ? 1000 * Math.max(0, ageS) : 0);
    if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
      [this.canvas.width, this.canvas.height] = [bitmap.width, bitmap.height];
    }
    this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
    this.canvas.dataset.pictures = String(Number(this.canvas.dataset.pictures ?? 0) + 1);
  }

  get ageMs() {
    return this.pictureAt === null ? Infinity : performance.now() - this.pictureAt;
  }

  // Whether what it shows is happening now, as far as the wall says; its picture counts while it is in view.
  get live() {
    if (this.quiet || this.alerts.some((alert) => alert.kind === "offline")) return false;
    return !this.inView || document.hidden || this.ageMs < STALE_MS;
  }

  // Writes on the tile how it is.
  judge(connected) {
    const [text, title] = this.words(connected);
    if (this.said.textContent !== text) this.said.textContent = text;
    const whole = [this.name, title || text].filter(Boolean).join(": ");
    if (this.element.title !== whole) {
      this.element.title = whole;
      this.element.setAttribute("aria-label", whole);
    }
    this.element.classList.toggle("alert", this.alerts.length > 0);
    this.element.classList.toggle("stale", !connected || !this.live);
  }

  words(connected) {
    if (!connected) return ["", "the wall is gone"];
    if (this.quiet) return ["no worker", "no worker decodes this camera: start narrowcast fleet"];
    if (this.alerts.length > 0) {
      const texts = this.alerts.map((alert) => `${alert.kind} since ${timeText(alert.since)}`);
      const details = this.alerts.map((alert, place) => [texts[place], alert.detail].filter(Boolean).join(", "));
      return [`${this.alerts[0].kind} ${timeText(this.alerts[0].since)}`, details.join("; ")];
    }
    if (this.note) return [this.note, this.note];
    if (!this.live && this.inView) {
      return this.pictureAt === null ? ["", ""] : [`${Math.floor(this.ageMs / 1000)} s old`, "its worker is late"];
    }
    return ["", ""];
  }
}

// The time of day, with the date where that is not today's.
export function timeText(time, now = new Date()) {
  const clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  return time.toDateString() === now.toDateString() ? clock : `${time.toLocaleDateString()} ${clock}`;
}
