// The clock that all of the page's threads share: microseconds, steady, with the same beginning in each of them.

export function nowUs() {
  return Math.round(1000 * (performance.timeOrigin + performance.now()));
}

/** The value below which a share of the values lies. @param {number[]} values @param {number} share @returns {number} 0 for none */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
