// What a figure means, in a sentence that comes up when one points at it or reaches it by keyboard.

let count = 0;

export function explain(element, sentence) {
  const tip = document.createElement("span");
  tip.className = "tip";
  tip.id = `tip-${(count += 1)}`;
  tip.setAttribute("role", "tooltip");
  tip.textContent = sentence;
  element.dataset.explained = "";
  element.tabIndex = 0;
  element.setAttribute("aria-describedby", tip.id);
  element.after(tip);
  const show = () => {
    tip.classList.add("shown");
    place(tip, element);
  };
  const hide = () => tip.classList.remove("shown");
  for (const kind of ["pointerenter", "focus"]) element.addEventListener(kind, show);
  for (const kind of ["pointerleave", "blur"]) element.addEventListener(kind, hide);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}

// Below the element, or above where there is no room; always within the window.
function place(tip, element) {
  const at = element.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = Math.max(8, Math.min(at.left, innerWidth - width - 8));
  const below = at.bottom + 6;
  const top = below + height < innerHeight ? below : Math.max(8, at.top - height - 6);
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}
