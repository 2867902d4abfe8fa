// The sender's monotonic clock as a receiver estimates it: offset, skew and the error of both.
// The constants and their reasons are those of protocol/rate/clock.py.

const BUCKET_US = 5_000_000;
const MAX_BUCKETS = 60;
const MIN_FIT_SPAN_US = 30_000_000;
const MIN_FIT_SAMPLES = 5;
const MAX_SKEW = 500e-6;
const UNFITTED_DRIFT = 250e-6;
const FITTED_DRIFT = 10e-6;
const RECENT_EXCHANGES = 15;
const JUMP_US = 2_000;
const MAX_ROUND_TRIP_US = 60_000_000;

/** @typedef {{localUs: number, offsetUs: number, rttUs: number}} Sample of one exchange, at its middle */
/** @typedef {{atUs: number, offsetUs: number, skew: number, errorUs: number, newestUs: number, drift: number}} Line */

/** Estimates the offset of the sender's clock from exchanges of PING and PONG, with an error bound. */
export class ClockEstimator {
  constructor() {
    /** @type {Sample[]} the best of each bucket of time */
    this.best = [];
    /** @type {Line | null} */
    this.line = null;
    /** @type {number[]} */
    this.recentRttsUs = [];
  }

  /**
   * Take the four times of one PING and its PONG.
   * @param {{pingSentLocalUs: number, pingReceivedSenderUs: number, pongSentSenderUs: number, pongReceivedLocalUs: number}} times
   * @returns {boolean} false where they cannot be true
   */
  addExchange({ pingSentLocalUs, pingReceivedSenderUs, pongSentSenderUs, pongReceivedLocalUs }) {
    const heldUs = pongSentSenderUs - pingReceivedSenderUs;
    const rttUs = pongReceivedLocalUs - pingSentLocalUs - heldUs;
    if (heldUs < 0 || rttUs < 0 || rttUs > MAX_ROUND_TRIP_US) return false;
    const sample = {
      localUs: (pingSentLocalUs + pongReceivedLocalUs) / 2,
      offsetUs: (pingReceivedSenderUs - pingSentLocalUs + (pongSentSenderUs - pongReceivedLocalUs)) / 2,
      rttUs,
    };
    this.recentRttsUs = [...this.recentRttsUs, rttUs].slice(-RECENT_EXCHANGES);
    if (this.contradicts(sample)) this.best = []; // the clocks moved against each other: a machine was suspended
    this.keep(sample);
    this.line = fit(this.best);
    return true;
  }

  /** The shortest of the last few round trips; null before the first exchange. */
  get recentMinRttUs() {
    return this.recentRttsUs.length === 0 ? null : Math.min(...this.recentRttsUs);
  }

  /** Sender's clock minus ours, at `nowUs` on ours; null before the first exchange. @param {number} nowUs */
  offsetUs(nowUs) {
    const line = this.line;
    return line === null ? null : toEven(line.offsetUs + line.skew * (nowUs - line.atUs));
  }

  /** How far `offsetUs` may be off, either way. @param {number} nowUs */
  errorUs(nowUs) {
    const line = this.line;
    return line === null ? null : toEven(line.errorUs + line.drift * Math.max(0, nowUs - line.newestUs));
  }

  /** A recent time on the sender's clock, on ours. @param {number} senderUs @param {number} nowUs */
  localUs(senderUs, nowUs) {
    const offsetUs = this.offsetUs(nowUs);
    return offsetUs === null ? null : senderUs - offsetUs;
  }

  /** Whether the bounds that an exchange sets exclude what the line says. @param {Sample} sample */
  contradicts(sample) {
    const line = this.line;
    if (line === null) return false;
    const expectedUs = line.offsetUs + line.skew * (sample.localUs - line.atUs);
    const errorUs = line.errorUs + line.drift * Math.max(0, sample.localUs - line.newestUs);
    return Math.abs(sample.offsetUs - expectedUs) > errorUs + sample.rttUs / 2 + JUMP_US;
  }

  /** @param {Sample} sample */
  keep(sample) {
    const last = this.best.at(-1);
    const bucket = (/** @type {Sample} */ each) => Math.floor(each.localUs / BUCKET_US);
    if (last === undefined || bucket(sample) !== bucket(last)) this.best = [...this.best, sample].slice(-MAX_BUCKETS);
    else if (sample.rttUs <= last.rttUs) this.best[this.best.length - 1] = sample;
  }
}

/** A line through the samples with short round trips, or a level one through the best. @param {Sample[]} samples */
function fit(samples) {
  const shortestUs = Math.min(...samples.map((sample) => sample.rttUs));
  const good = samples.filter((sample) => sample.rttUs <= 1.1 * shortestUs + 1000);
  const count = good.length;
  if (count < MIN_FIT_SAMPLES || good[count - 1].localUs - good[0].localUs < MIN_FIT_SPAN_US) return levelLine(samples);
  const atUs = sum(good.map((sample) => sample.localUs)) / count;
  const offsetUs = sum(good.map((sample) => sample.offsetUs)) / count;
  const spread = sum(good.map((sample) => (sample.localUs - atUs) ** 2));
  const skew = sum(good.map((sample) => (sample.localUs - atUs) * (sample.offsetUs - offsetUs))) / spread;
  if (Math.abs(skew) > MAX_SKEW) return levelLine(samples);
  const missesUs = good.map((sample) => Math.abs(sample.offsetUs - offsetUs - skew * (sample.localUs - atUs)));
  const scatter = sum(missesUs.map((missUs) => missUs * missUs)) / (count - 2);
  const drift = FITTED_DRIFT + 3 * Math.sqrt(scatter / spread);
  const newestUs = good[count - 1].localUs;
  const bounds = good.map((sample, index) => sample.rttUs / 2 + missesUs[index] + drift * (newestUs - sample.localUs));
  return { atUs, offsetUs, skew, errorUs: Math.min(...bounds), newestUs, drift };
}

/** The sample that binds tightest today: a short round trip, and not too long ago. @param {Sample[]} samples */
function levelLine(samples) {
  const newestUs = samples[samples.length - 1].localUs;
  const bound = (/** @type {Sample} */ sample) => sample.rttUs / 2 + UNFITTED_DRIFT * (newestUs - sample.localUs);
  const best = samples.reduce((least, sample) => (bound(sample) < bound(least) ? sample : least));
  return { atUs: best.localUs, offsetUs: best.offsetUs, skew: 0, errorUs: best.rttUs / 2, newestUs: best.localUs, drift: UNFITTED_DRIFT };
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** Round as Python does: halves go to the even neighbour. @param {number} value */
function toEven(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
