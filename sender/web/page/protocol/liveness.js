// When a receiver gives a silent connection up and makes a new one. As protocol/session/liveness.py.

const SILENCE_US = 1_100_000;
const UNLINKED_US = 5_000_000;
const MAX_SILENCE_US = 12_000_000;
const SHORT_LIFE_US = 10_000_000;
const PAUSE_US = 400_000;
const GRACE_US = 700_000;

/** Measures how long nothing has been heard, and says when that is too long. */
export class Liveness {
  constructor() {
    /** @type {number | null} our clock, at the last message, or when the wait for one began */
    this.heardUs = null;
    /** @type {number | null} */
    this.checkedUs = null;
    this.graceUs = 0;
    /** @type {number | null} */
    this.linkedUs = null;
    this.silenceUs = SILENCE_US;
    this.rttUs = 0;
  }

  get deadlineUs() {
    const timeoutUs = this.linkedUs === null ? UNLINKED_US : this.silenceUs + 2 * this.rttUs;
    return Math.max((this.heardUs ?? 0) + timeoutUs, this.graceUs);
  }

  /** @param {number} nowUs */
  linked(nowUs) {
    this.linkedUs = nowUs;
    this.heardUs = nowUs;
  }

  /** Whether it is time to connect anew; to be asked several times a second. @param {number} nowUs */
  isSilent(nowUs) {
    this.heardUs ??= nowUs;
    if (this.checkedUs !== null && nowUs - this.checkedUs > PAUSE_US) this.graceUs = nowUs + GRACE_US;
    this.checkedUs = nowUs;
    return nowUs >= this.deadlineUs;
  }

  /** A session ended; where it fell silent early, the patience is doubled. @param {number} nowUs @param {boolean} silent */
  unlinked(nowUs, silent) {
    if (this.linkedUs !== null) {
      const short = nowUs - this.linkedUs < SHORT_LIFE_US;
      if (!short) this.silenceUs = SILENCE_US;
      else if (silent) this.silenceUs = Math.min(2 * this.silenceUs, MAX_SILENCE_US);
      this.linkedUs = null;
    }
    this.heardUs = nowUs;
  }
}
