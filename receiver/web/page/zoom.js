// Zoom and pan of pictures: wheel, pinch, double click, buttons and keys. Several pictures of one scene move as one.

const STEP = 1.25;
const DOUBLE_CLICK = 2.5;
const PIXELATED_FROM = 3; // screen pixels for one of the picture's: from here on its own pixels are shown as they are

export class Zoom {
  // views: [frame, picture] pairs of elements; the frame hides what is outside. onChange(scale)
  constructor(views, { most = 8, onChange = () => {} } = {}) {
    Object.assign(this, { views, most, onChange, scale: 1, x: 0, y: 0, fingers: new Map() });
    for (const [frame, picture] of views) {
      frame.classList.add("zoomable");
      picture.style.transformOrigin = "0 0";
      frame.addEventListener("wheel", (event) => this.wheel(event, frame, picture), { passive: false });
      frame.addEventListener("dblclick", (event) => this.doubleClick(event, frame, picture));
      frame.addEventListener("pointerdown", (event) => this.down(event, frame));
      frame.addEventListener("pointermove", (event) => this.move(event, frame, picture));
      for (const kind of ["pointerup", "pointercancel"]) frame.addEventListener(kind, (event) => this.up(event, frame));
      // One finger on a picture that is not zoomed scrolls the page; everything else is ours.
      frame.addEventListener("touchmove", (event) => {
        if (event.cancelable && (event.touches.length > 1 || this.scale > 1)) event.preventDefault();
      }, { passive: false });
    }
    addEventListener("resize", () => this.apply());
  }

  // Zooms by a factor around a point of the picture's box; its middle where none is given.
  by(factor, at = null) {
    const { width, height } = this.box();
    const point = at ?? { x: width / 2, y: height / 2 };
    const scale = Math.min(this.most, Math.max(1, this.scale * factor));
    this.x = point.x - (point.x - this.x) * (scale / this.scale);
    this.y = point.y - (point.y - this.y) * (scale / this.scale);
    this.scale = scale;
    this.apply();
  }

  in() { this.eased(() => this.by(STEP)); }

  out() { this.eased(() => this.by(1 / STEP)); }

  reset() { this.eased(() => this.by(0)); }

  // Moves the view by shares of the picture's box.
  pan(right, down) {
    const { width, height } = this.box();
    this.eased(() => {
      this.x -= right * width;
      this.y -= down * height;
      this.apply();
    });
  }

  apply() {
    const { width, height } = this.box();
    this.x = Math.min(0, Math.max(width - width * this.scale, this.x));
    this.y = Math.min(0, Math.max(height - height * this.scale, this.y));
    for (const [frame, picture] of this.views) {
      picture.style.transform = this.scale === 1 ? "" : `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
      frame.classList.toggle("zoomed", this.scale > 1);
      picture.classList.toggle("pixelated", this.magnification(picture) >= PIXELATED_FROM);
    }
    this.onChange(this.scale);
  }

  // How many of the screen's pixels show one of the picture's.
  magnification(picture) {
    const own = picture.naturalWidth ?? picture.width;
    return own > 0 ? (picture.offsetWidth * this.scale * (devicePixelRatio || 1)) / own : 0;
  }

  // Of the picture as it lies without zoom; those of one scene have the same size.
  box() {
    const shown = this.views.map(([, picture]) => picture).find((picture) => picture.offsetWidth > 0);
    return { width: shown?.offsetWidth ?? 1, height: shown?.offsetHeight ?? 1 };
  }

  eased(change) {
    for (const [frame] of this.views) frame.classList.add("eased");
    change();
    setTimeout(() => {
      for (const [frame] of this.views) frame.classList.remove("eased");
    }, 200);
  }

  // Of an event in the picture's box as it lies without zoom.
  point(event, frame, picture) {
    const around = frame.getBoundingClientRect();
    return { x: event.clientX - around.left - picture.offsetLeft, y: event.clientY - around.top - picture.offsetTop };
  }

  wheel(event, frame, picture) {
    const before = this.scale;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.by(Math.exp((-event.deltaY * lines) / 400), this.point(event, frame, picture));
    // At the end of the zoom the wheel scrolls the page again.
    if (this.scale !== before || this.scale > 1) event.preventDefault();
  }

  doubleClick(event, frame, picture) {
    if (event.target.closest("button, a")) return;
    const factor = this.scale > 1 ? 0 : DOUBLE_CLICK;
    const at = this.point(event, frame, picture);
    this.eased(() => this.by(factor, at));
  }

  down(event, frame) {
    if (event.button !== 0 || event.target.closest("button, a")) return;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.scale > 1 || this.fingers.size > 1) frame.setPointerCapture(event.pointerId);
  }

  move(event, frame, picture) {
    const before = this.fingers.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    this.fingers.set(event.pointerId, now);
    const other = [...this.fingers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) {
      // The other finger holds still: each of the two moves in an event of its own.
      this.x += (now.x - before.x) / 2;
      this.y += (now.y - before.y) / 2;
      const middle = { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 };
      this.by(distance(now, other) / Math.max(1, distance(before, other)), this.point(middle, frame, picture));
    } else if (this.scale > 1) {
      frame.classList.add("dragged");
      this.x += now.x - before.x;
      this.y += now.y - before.y;
      this.apply();
    }
  }

  up(event, frame) {
    this.fingers.delete(event.pointerId);
    frame.classList.remove("dragged");
  }
}

function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
