// Small charts of one service: load, replicas, latency. Colours mean the same everywhere.

import uPlot from "./uplot/uPlot.esm.js";
import { rate, millis, count, clock } from "./format.js";

const HEIGHT = 96;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
const stepped = uPlot.paths.stepped({ align: 1 });
const sync = uPlot.sync("services");

const KINDS = {
  load: {
    figures: ["servedPerSecond", "refusedPerSecond", "offeredPerSecond"],
    lines: [
      { label: "served", color: "--served", width: 1, fill: "26" },
      { label: "refused", color: "--refused", width: 1.3, fill: "33" },
      { label: "offered", color: "--offered", width: 1.6 }, // last, so that it lies on top
    ],
    topFirst: true,
    show: rate,
  },
  replicas: {
    figures: ["target", "ready"],
    lines: [
      { label: "target", color: "--target", width: 1.5, paths: stepped },
      { label: "ready", color: "--ready", width: 1.5, paths: stepped },
    ],
    show: count,
    incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000, 500_000],
  },
  latency: {
    figures: ["p99Ms"],
    lines: [{ label: "p99", color: "--ink", width: 1.3 }],
    show: millis,
  },
};

/** A tick's label: 500, 1.5k, 20k. */
function tick(value) {
  if (value >= 1e6) return value / 1e6 + "M";
  return value >= 1e3 ? value / 1e3 + "k" : String(value);
}

/** One chart in one element; call update with new data, retheme after a change of theme. */
export class Chart {
  constructor(kind, element) {
    this.kind = KINDS[kind];
    this.element = element;
    this.caption = document.createElement("div");
    this.caption.className = "caption";
    this.canvas = document.createElement("div");
    element.append(this.caption, this.canvas);
    this.slo = NaN;
    this.width = 0;
    this.plot = null;
    new ResizeObserver(() => this.resize()).observe(element);
  }

  /** starts: seconds at which events of this service begin; each is a line. */
  update(series, service, seconds, slo, starts) {
    this.slo = slo;
    this.starts = starts;
    this.data = series.window(service, this.kind.figures, seconds);
    this.range = [(series.at.at(-1) ?? 0) - seconds, series.at.at(-1) ?? 1];
    if (this.plot === null) this.build();
    else this.plot.setData(this.data);
    this.describe(this.plot?.cursor.idx ?? null);
  }

  retheme() {
    if (this.data) this.build();
  }

  resize() {
    const width = Math.floor(this.element.clientWidth);
    if (this.data && width > 0 && width !== this.width) {
      this.width = width;
      if (this.plot) this.plot.setSize({ width, height: HEIGHT });
      else this.build();
    }
  }

  build() {
    this.plot?.destroy();
    this.plot = null;
    this.width = Math.floor(this.element.clientWidth);
    if (this.width <= 0) return;
    const kind = this.kind;
    const axis = { stroke: css("--muted"), font: "10px system-ui, sans-serif", ticks: { show: false } };
    this.plot = new uPlot(
      {
        width: this.width,
        height: HEIGHT,
        legend: { show: false },
        tzDate: utc,
        padding: [6, 14, 0, 0],
        cursor: { y: false, points: { size: 5 }, drag: { x: false, y: false }, sync: { key: sync.key } },
        scales: {
          x: { time: true, range: () => this.range },
          y: { range: (u, min, max) => [0, this.top(max)] },
        },
        axes: [
          {
            ...axis,
            size: 18,
            gap: 3,
            space: 64,
            grid: { show: false },
            values: (u, splits) => splits.map((s) => clock(s * 1000).slice(0, 5)),
            incrs: [60, 120, 300, 600, 900],
          },
          {
            ...axis,
            size: 40,
            gap: 4,
            space: 26,
            grid: { stroke: css("--faint"), width: 1 },
            ...(kind.incrs ? { incrs: kind.incrs } : {}),
            values: (u, splits) => splits.map(tick),
          },
        ],
        series: [
          {},
          ...kind.lines.map((line) => ({
            label: line.label,
            stroke: css(line.color),
            width: line.width,
            fill: line.fill ? css(line.color) + line.fill : undefined,
            paths: line.paths,
            points: { show: false },
            spanGaps: false,
          })),
        ],
        hooks: {
          draw: [(u) => this.drawSlo(u), (u) => this.drawStarts(u)],
          setCursor: [(u) => this.describe(u.cursor.idx)],
        },
      },
      this.data,
      this.canvas,
    );
  }

  /** A scale that begins at zero and always shows the SLO's line, but no outlier that hides all else. */
  top(max) {
    const highest = Number.isFinite(max) && max > 0 ? max : 1;
    const bound = Number.isFinite(this.slo) ? this.slo : 0;
    return Math.max(highest * 1.08, bound * 1.25);
  }

  drawSlo(u) {
    if (!Number.isFinite(this.slo)) return;
    const y = Math.round(u.valToPos(this.slo, "y", true)) + 0.5;
    const { ctx } = u;
    ctx.save();
    ctx.strokeStyle = css("--refused");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(u.bbox.left, y);
    ctx.lineTo(u.bbox.left + u.bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }

  drawStarts(u) {
    const { ctx } = u;
    ctx.save();
    ctx.strokeStyle = css("--target");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 2 * devicePixelRatio]);
    for (const start of this.starts) {
      if (start < this.range[0] || start > this.range[1]) continue;
      const x = Math.round(u.valToPos(start, "x", true)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(x, u.bbox.top);
      ctx.lineTo(x, u.bbox.top + u.bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** The figures under the cursor, or the last ones. */
  describe(index) {
    const at = index ?? this.data[0].length - 1;
    const parts = [];
    // What is drawn last is named first: it lies on top.
    const named = this.kind.lines.map((line, i) => [line, i]);
    if (this.kind.topFirst) named.reverse();
    named.forEach(([line, i]) => {
      const value = this.data[i + 1][at];
      const key = document.createElement("span");
      key.className = "key";
      key.style.setProperty("--key", `var(${line.color})`);
      const figure = document.createElement("b");
      figure.textContent = this.kind.show(value ?? NaN);
      key.append(line.label + " ", figure);
      parts.push(key);
    });
    if (Number.isFinite(this.slo)) {
      const bound = document.createElement("span");
      bound.textContent = "SLO " + millis(this.slo);
      parts.push(bound);
    }
    if (index !== null && index !== undefined) {
      const time = document.createElement("span");
      time.className = "time";
      time.textContent = clock((this.data[0][at] ?? 0) * 1000);
      parts.push(time);
    }
    this.caption.replaceChildren(...parts);
  }
}
