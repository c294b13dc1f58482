// Numbers and times as people read them. Pure functions.

const UNKNOWN = "–";

/** A rate: three significant digits, k and M from ten thousand on. */
export function rate(value) {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value >= 999_500) return (value / 1e6).toFixed(value < 9.995e6 ? 2 : 1) + "M";
  if (value >= 10_000) return (value / 1e3).toFixed(value < 99_950 ? 1 : 0) + "k";
  if (value >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return value.toFixed(1);
}

/** Milliseconds: whole up to ten seconds, then seconds. */
export function millis(value) {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value >= 10_000) return (value / 1000).toFixed(1) + " s";
  return value >= 10 ? Math.round(value) + " ms" : value.toFixed(1) + " ms";
}

export function count(value) {
  return Number.isFinite(value) ? String(Math.round(value)) : UNKNOWN;
}

export function percent(ratio) {
  if (!Number.isFinite(ratio)) return UNKNOWN;
  const value = ratio * 100;
  if (value > 0 && value < 0.01) return "<0.01 %";
  return value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0) + " %";
}

/** A time of the day, UTC. */
export function clock(ms) {
  return new Date(ms).toISOString().slice(11, 19);
}

/** A moment in the past, UTC: the time of its day, with the date when it was another day. */
export function moment(ms, nowMs) {
  const day = new Date(ms).toISOString().slice(0, 10);
  return (day === new Date(nowMs).toISOString().slice(0, 10) ? "" : day + " ") + clock(ms);
}

/** A span to the second: 28:00 or 1:28:00. */
export function span(ms) {
  const seconds = Math.ceil(ms / 1000);
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = seconds % 60;
  const two = (n) => String(n).padStart(2, "0");
  return (h > 0 ? h + ":" + two(m) : two(m)) + ":" + two(s);
}

/** A span as T minus or plus, to the second. */
export function countdown(ms) {
  return (ms >= 0 ? "T−" : "T+") + span(Math.abs(ms));
}

/** JSON writes what is unknown as the text NaN; null means the same here. */
export function number(value) {
  return value === null || value === undefined ? NaN : Number(value);
}

/** The order of names as people read them, numbers in them as numbers: cell-2 before cell-10. */
export function asRead(one, other) {
  const a = one.match(/\d+|\D/g) ?? [];
  const b = other.match(/\d+|\D/g) ?? [];
  const isNumber = (part) => part >= "0" && part < ":";
  for (let i = 0; i < a.length && i < b.length; i++) {
    const numbers = isNumber(a[i]) && isNumber(b[i]);
    const [x, y] = numbers ? [BigInt(a[i]), BigInt(b[i])] : [a[i], b[i]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length || (one < other ? -1 : Number(one > other));
}
