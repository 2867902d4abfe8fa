// Picture in picture: the stream in a small window above all others, which says how old it is as the page does.

export class FloatingPicture {
  // onChange(open)
  constructor(button, onChange) {
    this.onChange = onChange;
    this.button = button;
    this.canvas = document.createElement("canvas");
    this.video = document.createElement("video");
    this.video.muted = this.video.playsInline = true;
    this.video.onleavepictureinpicture = () => this.changed(false);
    button.hidden = !document.pictureInPictureEnabled;
    button.onclick = () => this.toggle();
  }

  get open() {
    return document.pictureInPictureElement === this.video;
  }

  async toggle() {
    if (this.open) {
      await document.exitPictureInPicture();
      return;
    }
    this.wanted = true;
    this.paint();
    this.video.srcObject ??= this.canvas.captureStream();
    try {
      await this.video.play();
      await this.video.requestPictureInPicture();
      this.changed(true);
    } catch (error) {
      this.changed(false);
      this.button.title = `this browser does not open it: ${error.message}`;
    }
  }

  changed(open) {
    this.wanted = open;
    this.button.setAttribute("aria-pressed", String(open));
    this.onChange(open);
  }

  // What is shown: the picture, whether it is stale, what is wrong, its age, and whether it was painted.
  show(state) {
    this.state = state;
    if (this.wanted) this.paint();
  }

  paint() {
    if (this.state === undefined) return;
    const { picture, stale, headline, age, marked } = this.state;
    const { canvas } = this;
    if (canvas.width !== picture.width || canvas.height !== picture.height) {
      [canvas.width, canvas.height] = [picture.width, picture.height];
    }
    const context = canvas.getContext("2d");
    context.filter = stale ? "grayscale(1) brightness(.5)" : "none";
    context.drawImage(picture, 0, 0);
    context.filter = "none";
    const size = Math.max(12, canvas.height / 18);
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    if (age) this.label(context, age, "right", canvas.width - size / 2, canvas.height - size, size);
    if (marked) this.label(context, "reconstructed", "left", size / 2, canvas.height - size, size);
    if (headline) this.label(context, headline, "center", canvas.width / 2, canvas.height / 2, size, stale ? "#b41e1e" : "#28323c");
  }

  label(context, text, align, x, y, size, ground = "rgb(0 0 0 / 65%)") {
    context.textAlign = align;
    const width = Math.min(context.measureText(text).width, context.canvas.width - size);
    const left = { left: x, right: x - width, center: x - width / 2 }[align];
    context.fillStyle = ground;
    context.fillRect(left - size / 3, y - size * 0.75, width + (size * 2) / 3, size * 1.5);
    context.fillStyle = "#fff";
    context.fillText(text, x, y, width);
  }
}
