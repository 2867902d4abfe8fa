// Which tiles are shown, and in which order.

const collator = new Intl.Collator([], { numeric: true, sensitivity: "base" });

// How urgent a camera is: with an alert first, the newest alert in front; then those that no worker has.
function urgency(tile) {
  if (tile.alerts.length > 0) return 2;
  return tile.quiet ? 1 : 0;
}

// tiles: {name, alerts: [{since}], quiet} each. Returns those whose name holds every word that is searched for.
export function arranged(tiles, { words, alertsFirst }) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = tiles.filter((tile) => wanted.every((word) => tile.name.toLowerCase().includes(word)));
  const newest = (tile) => Math.max(0, ...tile.alerts.map((alert) => alert.since.getTime()));
  return found.sort((one, other) => {
    const urgent = alertsFirst ? urgency(other) - urgency(one) || newest(other) - newest(one) : 0;
    return urgent || collator.compare(one.name, other.name);
  });
}

// Where the focus goes with an arrow key: places are those of tiles in rows of so many columns.
export function stepped(place, key, columns, count) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (place < 0) return 0;
  const target = place + steps[key];
  return target >= 0 && target < count ? target : place;
}
