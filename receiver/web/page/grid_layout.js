// How many columns let the tiles fill the window without scrolling, with the largest pictures.

const GAP = 12;
const ASPECT = 16 / 9;
const LEAST_WIDTH = 200; // of a picture, in pixels; with smaller ones the page scrolls instead

// width, height: of the room for all tiles; foot: height of what stands below each picture, in pixels.
// Returns {columns, rows}, or null where the pictures would be too small.
export function columnsFor(count, { width, height, foot }) {
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const across = (width - GAP * (columns - 1)) / columns;
    const down = (height - GAP * (rows - 1)) / rows - foot;
    const picture = Math.min(across, down * ASPECT);
    if (best === null || picture > best.picture) best = { columns, rows, picture };
  }
  return best !== null && best.picture >= LEAST_WIDTH ? best : null;
}
