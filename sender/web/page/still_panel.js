// The exact picture behind a frame: how far it is, and the picture once it has come.

export class StillPanel {
  /** @param {(id: string) => HTMLElement} find */
  constructor(find) {
    this.find = find;
    /** @type {string | null} address of the file that is shown */
    this.url = null;
  }

  /** @param {number} sequence */
  wanted(sequence) {
    this.find("still").hidden = false;
    this.say(`fetching the exact picture behind frame ${sequence}`);
    this.progress({ receivedBytes: 0, totalBytes: 0 });
  }

  /** @param {{receivedBytes: number, totalBytes: number} | null} progress null while none is fetched */
  progress(progress) {
    const bar = /** @type {HTMLProgressElement} */ (this.find("still-progress"));
    bar.hidden = progress === null;
    if (progress !== null) bar.value = progress.totalBytes === 0 ? 0 : progress.receivedBytes / progress.totalBytes;
  }

  /** @param {number} sequence @param {Uint8Array<ArrayBuffer>} png */
  arrived(sequence, png) {
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(new Blob([png], { type: "image/png" }));
    const picture = /** @type {HTMLImageElement} */ (this.find("exact"));
    picture.src = this.url;
    picture.hidden = false;
    const link = /** @type {HTMLAnchorElement} */ (this.find("exact-link"));
    link.href = this.url;
    link.download = `narrowcast-${sequence}.png`;
    this.say(`frame ${sequence}, exactly as the sender took it (${Math.ceil(png.length / 1000)} kB); select it to keep it`);
    this.progress(null);
  }

  /** @param {string} reason */
  failed(reason) {
    this.say(`there is no exact picture: ${reason}`);
    this.progress(null);
  }

  /** @param {string} text */
  say(text) {
    this.find("still-state").textContent = text;
  }
}
