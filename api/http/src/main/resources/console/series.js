// The last half hour of one cell in the browser: filled from /v1/history, then from snapshots.

import { number } from "./format.js";

const POINTS_MAX = 1_800;
const STEP_MIN_MS = 900;
export const FIGURES = ["offeredPerSecond", "servedPerSecond", "refusedPerSecond", "target", "ready", "p99Ms"];

export class Series {
  constructor() {
    this.at = []; // seconds, as uPlot wants them
    this.services = new Map(); // "tenant/name" -> figure -> values; null is unknown
  }

  /** Takes over what the server kept, in place of what is here. */
  load(history) {
    this.at = history.atMs.map((ms) => ms / 1000);
    this.services = new Map(
      history.services.map((service) => [service.service, Object.fromEntries(FIGURES.map((f) => [f, service[f]]))]),
    );
  }

  add(snapshot) {
    const last = this.at.length - 1;
    const replace = last >= 0 && snapshot.nowMs / 1000 - this.at[last] < STEP_MIN_MS / 1000;
    if (!replace) this.at.push(snapshot.nowMs / 1000);
    for (const status of snapshot.services) {
      let own = this.services.get(status.service);
      if (own === undefined) {
        own = Object.fromEntries(FIGURES.map((f) => [f, []]));
        this.services.set(status.service, own);
      }
      for (const figure of FIGURES) {
        const values = own[figure];
        while (values.length < this.at.length - 1) values.push(null); // not seen until now
        const value = number(status[figure]);
        values[this.at.length - 1] = Number.isFinite(value) ? value : null;
      }
    }
    for (const own of this.services.values()) {
      for (const figure of FIGURES) while (own[figure].length < this.at.length) own[figure].push(null);
    }
    if (this.at.length > POINTS_MAX + 120) {
      const drop = this.at.length - POINTS_MAX;
      this.at.splice(0, drop);
      for (const own of this.services.values()) for (const figure of FIGURES) own[figure].splice(0, drop);
    }
  }

  /** uPlot's data for some figures of a service over the last seconds: [at, values, ...]. */
  window(service, figures, seconds) {
    const own = this.services.get(service);
    const end = this.at.length;
    let first = end;
    while (first > 0 && this.at[first - 1] > this.at[end - 1] - seconds) first -= 1;
    return [this.at.slice(first), ...figures.map((f) => (own ? own[f].slice(first) : []))];
  }
}
