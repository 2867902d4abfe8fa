// What may be chosen about the stream: restoration, and limits of rate and frames. It holds for all who watch here.

const $ = (id) => document.getElementById(id);
const KBPS = [1000, 500, 250, 128, 64, 32, 16];
const FPS = [30, 15, 10, 5, 2, 1];
const WITH_GENERATOR = ["hybrid", "auto"];

// choose(name, value)
export function wireChoice(choose) {
  $("restore").onchange = () => choose("restore", $("restore").value);
  $("max-kbps").onchange = () => choose("max_kbps", Number($("max-kbps").value));
  $("max-fps").onchange = () => choose("max_fps", Number($("max-fps").value));
}

export function showChoice(message) {
  $("choice-open").hidden = !message.allowed;
  if (!message.allowed) $("choice").hidden = true;
  $("restore").value = message.restore;
  fill($("max-kbps"), KBPS, message.max_kbps, message.most_kbps, "kbit/s");
  fill($("max-fps"), FPS, message.max_fps, message.most_fps, "a second");
}

export function allowRestoration(codec) {
  const able = WITH_GENERATOR.includes(codec);
  $("restore").disabled = !able;
  $("restore-note").hidden = able;
}

// Limits up to the one that the receiver's settings give, if they give one.
function fill(select, usual, chosen, most, unit) {
  const limits = new Set(usual.filter((limit) => most === 0 || limit <= most));
  if (most > 0) limits.add(most);
  else limits.add(0);
  limits.add(chosen);
  const options = [...limits].sort((a, b) => (b || Infinity) - (a || Infinity)).map((limit) => {
    const text = limit === 0 ? "no limit" : `${limit} ${unit}`;
    return new Option(text, String(limit), false, limit === chosen);
  });
  select.replaceChildren(...options);
}
