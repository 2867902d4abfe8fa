// The list of recordings: what this receiver records or has recorded, to play and to download.

import { Player } from "./player.js";

const $ = (id) => document.getElementById(id);
const REFRESH_MS = 5000;

export class Recordings {
  constructor() {
    this.player = new Player();
    this.timer = null;
    this.shown = "";
    $("recordings-open").onclick = () => this.toggle();
  }

  toggle() {
    const open = $("recordings").hidden;
    $("recordings").hidden = !open;
    $("recordings-open").setAttribute("aria-expanded", String(open));
    clearInterval(this.timer);
    if (!open) return;
    this.refresh();
    this.timer = setInterval(() => this.refresh(), REFRESH_MS);
    $("recordings").scrollIntoView({ block: "nearest" });
  }

  // Called as well when a recording begins or ends.
  async refresh() {
    if ($("recordings").hidden) return;
    let text = "";
    try {
      const answer = await fetch("recordings.json");
      if (!answer.ok) return;
      text = await answer.text();
    } catch {
      return; // the receiver is gone, which the page says; the list stays
    }
    if (text === this.shown) return; // and with it the focus
    this.shown = text;
    const files = JSON.parse(text);
    $("recordings-none").hidden = files.length > 0;
    $("recordings-table").hidden = files.length === 0;
    const focused = document.activeElement?.dataset?.control;
    $("recordings-list").replaceChildren(...files.map((file) => this.row(file)));
    if (focused) document.querySelector(`[data-control="${focused}"]`)?.focus();
  }

  row(file) {
    const row = document.createElement("tr");
    const cell = (content) => {
      const made = document.createElement("td");
      made.append(content);
      row.append(made);
    };
    cell(file.name);
    cell(file.being_written ? "being recorded" : new Date(1000 * file.changed_s).toLocaleString());
    cell(size(file.bytes));
    const controls = document.createElement("span");
    controls.className = "controls";
    if (file.plays !== null) {
      const play = document.createElement("button");
      play.type = "button";
      play.textContent = "Play";
      play.setAttribute("aria-label", `play ${file.name}`);
      play.dataset.control = `play-${file.number}`;
      play.onclick = () => this.player.play(file);
      controls.append(play);
    }
    const save = document.createElement("a");
    save.className = "button";
    save.href = `recordings/${file.number}?download`;
    save.download = file.name;
    save.textContent = "Download";
    save.setAttribute("aria-label", `download ${file.name}`);
    save.dataset.control = `save-${file.number}`;
    controls.append(save);
    cell(controls);
    return row;
  }
}

function size(bytes) {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
