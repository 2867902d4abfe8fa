// A snapshot: the frame as it was shown, and beside it, once it has come, the exact one from the sender.

import { Zoom } from "./zoom.js";

const $ = (id) => document.getElementById(id);
const MOST = 16; // here every pixel may be looked at
let zoom = null;

export function showStill(message) {
  // Both move as one, so that the same place is compared.
  zoom ??= new Zoom(["shown", "exact"].map((id) => [$(`${id}-lens`), $(id)]), { most: MOST });
  $("still").hidden = false;
  $("still-state").textContent = message.text;
  $("still-progress").hidden = message.share === null;
  $("still-progress").value = message.share ?? 0;
  $("shown-caption").textContent = message.marked ? "as it was shown (reconstructed)" : "as it was shown";
  place("shown", message.shown);
  place("exact", message.exact);
  $("exact-caption").hidden = !message.exact;
  zoom.apply();
}

function place(id, name) {
  const image = $(id);
  image.hidden = !name;
  $(`${id}-link`).hidden = !name;
  if (!name) {
    image.removeAttribute("src");
    return;
  }
  const url = `stills/${encodeURIComponent(name)}`;
  if (image.getAttribute("src") !== url) image.src = url;
  $(`${id}-link`).href = url;
}
