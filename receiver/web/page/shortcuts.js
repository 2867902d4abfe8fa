// Keyboard shortcuts, and the overlay that lists them. They can be turned off: some speak to their browser.

const KEPT = "narrowcast-shortcuts";
const TYPED_INTO = "input:not([type=checkbox]), select, textarea, video";
const PRESSED = "button, a, summary, input[type=checkbox]";

// actions: {keys, label, run, shown} each; keys as KeyboardEvent.key has them, shown is what the list has in their
// place. run(key) returns false where the key is not for it. "?" opens the list.
export function wireShortcuts(actions) {
  const dialog = document.getElementById("help");
  const open = () => (dialog.open ? dialog.close() : dialog.showModal());
  const all = [...actions, { keys: ["?"], label: "this list", run: open }];
  const on = document.getElementById("shortcuts-on");
  list(document.getElementById("shortcuts"), all);
  on.checked = kept() !== "off";
  on.onchange = () => keep(on.checked ? "on" : "off");
  document.getElementById("help-open").onclick = open;
  document.getElementById("help-close").onclick = () => dialog.close();
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !on.checked) return;
    if (event.target.matches?.(TYPED_INTO)) return;
    if ([" ", "Enter"].includes(event.key) && event.target.matches?.(PRESSED)) return;
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    const action = all.find((each) => each.keys.includes(event.key));
    if (action === undefined || action.run(event.key) === false) return;
    event.preventDefault();
  });
}

function list(table, actions) {
  for (const { keys, label, shown } of actions) {
    const row = table.insertRow();
    const names = row.insertCell();
    for (const key of shown ?? keys) {
      const cap = document.createElement("kbd");
      cap.textContent = NAMES[key] ?? key;
      names.append(cap, " ");
    }
    row.insertCell().textContent = label;
  }
}

const NAMES = { " ": "space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

// A browser that keeps nothing for this page: the choice then lasts as long as the page.
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(KEPT, value);
  } catch {
    // as above
  }
}
