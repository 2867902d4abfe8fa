// How old a picture may be before it says so.

const STALE_AFTER_MS = 1500; // the receiver says so after one second; this is for when it cannot
const FRESH_MS = 500;
const LATE_MS = 2000;

// A tab that nobody looks at draws nothing, and need not look stale.
export function isSilent(silentMs) {
  return silentMs > STALE_AFTER_MS && !document.hidden;
}

export function ageText(ageMs) {
  return ageMs < 1000 ? `${ageMs.toFixed(0)} ms old` : `${(ageMs / 1000).toFixed(1)} s old`;
}

export function ageGrade(ageMs) {
  return ageMs <= FRESH_MS ? "live" : ageMs <= LATE_MS ? "late" : "stale";
}
