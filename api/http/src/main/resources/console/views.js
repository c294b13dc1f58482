// The parts of the page, each made from a snapshot or from decisions. Text only ever enters as text nodes.

import { rate, millis, count, percent, clock, moment, countdown, span, number } from "./format.js";
import { Chart } from "./charts.js";

/** Makes an element: element("td", {class: "number"}, "3", child). */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const UNLIMITED = 1e300; // an admission rate of Double.MAX_VALUE means that nothing is limited

/** An operator's word, such as "paused by kim, ends in 28:00: release". */
function operatorWords(word, nowMs) {
  const said = { floor: "at least ", cap: "at most ", pin: "pinned to ", pause: "paused" }[word.kind];
  const number = word.kind === "pause" ? "" : word.replicas;
  const by = word.by ? ` by ${word.by}` : "";
  const why = word.reason ? `: ${word.reason}` : "";
  const left = word.expiresAtMs - nowMs;
  return `${said}${number}${by}, ${left > 0 ? "ends in " + span(left) : "ended"}${why}`;
}

/** good, short of capacity, or broken; with the word that says so. */
export function verdict(status) {
  const p99 = number(status.p99Ms);
  const refused = number(status.refusedPerSecond);
  if (!Number.isFinite(number(status.offeredPerSecond))) return ["none", "no data"];
  if (refused > 0.5 && refused > 0.001 * number(status.offeredPerSecond)) return ["bad", "refusing"];
  if (Number.isFinite(p99) && p99 > status.sloLatencyMs) return ["bad", "over SLO"];
  if (status.pending > 0) return ["warm", `${status.pending} pending`];
  if (status.ready < status.target) return ["warm", "growing"];
  return ["good", "SLO met"];
}

export class ServicesView {
  constructor(root, counter) {
    this.root = root;
    this.counter = counter;
    this.rows = new Map();
  }

  /** events: start of each event that was ever seen, by name, as {startMs, services}. */
  update(snapshot, series, seconds, filter, events) {
    const wanted = snapshot.services.filter((s) => s.service.includes(filter)).slice(0, 40);
    for (const [name, row] of this.rows) {
      if (!wanted.some((s) => s.service === name)) {
        row.root.remove();
        this.rows.delete(name);
      }
    }
    if (this.rows.size === 0) this.root.replaceChildren();
    if (wanted.length === 0) {
      this.root.replaceChildren(element("p", { class: "empty" }, filter ? "No service matches." : "No service declared yet."));
    }
    wanted.forEach((status, index) => {
      let row = this.rows.get(status.service);
      if (row === undefined) {
        row = new ServiceRow(status.service);
        this.rows.set(status.service, row);
      }
      if (this.root.children[index] !== row.root) this.root.insertBefore(row.root, this.root.children[index] ?? null);
      const own = [...events.values()].filter((event) => event.services.includes(status.service));
      row.update(status, snapshot.nowMs, series, seconds, own.map((event) => event.startMs / 1000));
    });
    const hidden = snapshot.services.length - wanted.length;
    this.counter.textContent = hidden > 0 ? `${wanted.length} of ${snapshot.services.length}` : String(wanted.length);
  }

  retheme() {
    for (const row of this.rows.values()) row.charts.forEach((chart) => chart.retheme());
  }
}

class ServiceRow {
  constructor(name) {
    this.chip = element("span", { class: "chip none" }, "no data");
    const link = element("a", { href: `/v1/services/${name}/explanation`, title: "The whole explanation as JSON" }, name);
    this.figures = element("div", { class: "figures" });
    this.why = element("div", { class: "why" });
    this.held = element("div", { class: "held" });
    const plots = ["load", "replicas", "latency"].map(() => element("div", { class: "plot" }));
    this.root = element(
      "article",
      { class: "service", "data-service": name },
      element("div", {}, element("div", { class: "name" }, element("span", {}, link), this.chip), this.figures, this.why, this.held),
      ...plots,
    );
    this.charts = ["load", "replicas", "latency"].map((kind, i) => new Chart(kind, plots[i]));
  }

  update(status, nowMs, series, seconds, starts) {
    const [kind, word] = verdict(status);
    this.chip.className = "chip " + kind;
    this.chip.textContent = word;
    const admission = number(status.admissionPerSecond);
    const pairs = [
      ["offered", rate(number(status.offeredPerSecond))],
      ["target", count(status.target)],
      ["served", rate(number(status.servedPerSecond))],
      ["ready", count(status.ready)],
      ["refused", rate(number(status.refusedPerSecond))],
      ["busy", percent(number(status.utilisationRatio))],
      ["p99", millis(number(status.p99Ms))],
      ["late", percent(number(status.violationRatio))],
    ];
    this.figures.replaceChildren(...pairs.flatMap(([k, v]) => [element("span", {}, k), element("b", {}, v)]));
    const limits = admission < UNLIMITED ? `, admits ${rate(admission)}/s` : "";
    this.why.textContent = `${status.winner} wins${limits}`;
    this.why.title = `policy ${status.policy}, ${status.replicasMin} to ${status.replicasMax} replicas, forecast ${rate(number(status.forecastPerSecond))}/s`;
    this.held.hidden = !status.override;
    this.held.textContent = status.override ? operatorWords(status.override, nowMs) : "";
    this.charts[0].update(series, status.service, seconds, NaN, starts);
    this.charts[1].update(series, status.service, seconds, NaN, starts);
    this.charts[2].update(series, status.service, seconds, status.sloLatencyMs, starts);
  }
}

export function showSummary(snapshot, at) {
  const sum = (name) => snapshot.services.reduce((total, s) => total + (number(s[name]) || 0), 0);
  const verdicts = snapshot.services.map((s) => verdict(s)[0]);
  const met = verdicts.filter((v) => v !== "bad" && v !== "none").length;
  const set = (id, text, mark = "") => {
    const node = document.getElementById(id);
    node.textContent = text;
    node.className = "number " + mark;
  };
  const refused = sum("refusedPerSecond");
  set("sum-slo", `${met} / ${snapshot.services.length}`, verdicts.includes("bad") ? "bad" : "");
  set("sum-offered", rate(sum("offeredPerSecond")));
  set("sum-served", rate(sum("servedPerSecond")));
  set("sum-refused", rate(refused), refused > 0.5 ? "bad" : "");
  set("sum-replicas", `${sum("ready")} / ${sum("target")}`);
  const pools = snapshot.pools.reduce((t, p) => [t[0] + p.ready, t[1] + p.target], [0, 0]);
  set("sum-nodes", `${pools[0]} / ${pools[1]}`);
  const booked = snapshot.nodes.reduce((t, n) => [t[0] + n.allocated.cpuMilli, t[1] + n.total.cpuMilli], [0, 0]);
  set("sum-utilisation", booked[1] > 0 ? percent(booked[0] / booked[1]) : "–");
  const next = snapshot.events.filter((e) => e.startMs > at).sort((a, b) => a.startMs - b.startMs)[0];
  document.getElementById("next-label").textContent = next ? `next event: ${next.name}` : "next event";
  set("next-event", next ? countdown(next.startMs - at) : "none ahead", next && next.startMs - at < 60_000 ? "due" : "");
  const audit = document.getElementById("audit");
  audit.hidden = snapshot.auditViolationsTotal === 0;
  audit.textContent = `${snapshot.auditViolationsTotal} audit violations`;
  document.getElementById("owner").textContent =
    `owner ${snapshot.owner.slice(0, 8)}, epoch ${snapshot.epoch}, ${snapshot.costPerHour.toFixed(2)}/h, ` +
    `cost ${snapshot.costTotal.toFixed(2)} since ${moment(snapshot.costSinceMs, snapshot.nowMs)} UTC`;
  document.getElementById("owner").title = snapshot.owner;
  document.getElementById("clock").textContent = clock(snapshot.nowMs) + " UTC";
}

export function showEvents(root, counter, snapshot, at) {
  counter.textContent = snapshot.events.length ? String(snapshot.events.length) : "";
  if (snapshot.events.length === 0) {
    root.replaceChildren(element("p", { class: "empty" }, "None declared."));
    return;
  }
  const sorted = [...snapshot.events].sort((a, b) => a.startMs - b.startMs);
  root.replaceChildren(
    ...sorted.slice(0, 12).map((event) => {
      const left = event.startMs - at;
      const tone = event.phase === "over" ? "over" : left <= 0 ? "now" : left < 60_000 ? "soon" : "";
      return element(
        "div",
        { class: `event ${tone}` },
        element("b", {}, event.name),
        element("span", { class: "number" }, countdown(left)),
        element("small", {}, `${event.phase} · ${clock(event.startMs)} UTC · ${event.services.slice(0, 4).join(", ")}${event.services.length > 4 ? ` and ${event.services.length - 4} more` : ""}`),
      );
    }),
  );
}

const STEPS = [0.25, 0.5, 0.75, 0.9]; // booked share of cpu at which a node's shade changes

export function showNodes(root, counter, snapshot) {
  const pools = new Map(snapshot.pools.map((pool) => [pool.pool, { pool, nodes: [] }]));
  for (const node of snapshot.nodes) {
    if (!pools.has(node.pool)) pools.set(node.pool, { pool: null, nodes: [] });
    pools.get(node.pool).nodes.push(node);
  }
  counter.textContent = `${snapshot.nodes.length}`;
  const parts = [];
  for (const [name, { pool, nodes }] of pools) {
    const short = name.startsWith(snapshot.cell + "/") ? name.slice(snapshot.cell.length + 1) : name;
    const head = element("div", { class: "head" }, element("b", {}, short));
    if (pool !== null) {
      head.append(
        element("span", { class: "muted" }, `${pool.ready} of ${pool.target} ready, ${pool.booting} booting, max ${pool.nodesMax}`),
        element("span", { class: "spacer" }),
        element("span", { class: "number muted" }, `${(pool.ready * pool.pricePerHour).toFixed(2)}/h`),
      );
    }
    const grid = element("div", { class: "grid" });
    nodes.slice(0, 1_000).forEach((node) => grid.append(nodeSquare(node)));
    for (let i = 0; i < Math.min(pool?.booting ?? 0, 200); i += 1) {
      grid.append(element("i", { class: "node booting", title: "booting" }));
    }
    parts.push(element("div", { class: "pool" }, head, grid));
  }
  const legend = [
    ["", "idle"], ["u1", "25 %"], ["u2", "50 %"], ["u3", "75 %"], ["u4", "90 % booked"], ["booting", "booting"], ["draining", "draining"], ["cordoned", "cordoned"], ["silent", "silent"],
  ].map(([kind, word]) => element("span", {}, element("i", { class: `node ${kind}` }), word));
  parts.push(element("div", { class: "scale" }, ...legend));
  root.replaceChildren(...parts);
}

/** Who closed a node and why, such as "; drained by kim: fan is loud". */
function cordonWords(cordon) {
  if (!cordon) return "";
  const by = cordon.by ? ` by ${cordon.by}` : "";
  return `; ${cordon.drain ? "drained" : "cordoned"}${by}${cordon.reason ? `: ${cordon.reason}` : ""}`;
}

function nodeSquare(node) {
  const share = node.total.cpuMilli > 0 ? node.allocated.cpuMilli / node.total.cpuMilli : 0;
  const step = STEPS.filter((bound) => share >= bound).length;
  const state = node.state === "ready" ? `u${step}` : node.state;
  const words = `${node.node}, zone ${node.zone}, ${node.state}: ${percent(share)} of cpu booked by ${node.replicas} replicas${cordonWords(node.cordon)}`;
  return element("i", { class: `node ${state}`, title: words, role: "img", "aria-label": words });
}

const DECISIONS_MAX = 60;

/** Most decisions only place or start what an earlier one wanted; those that explain a change are shown. */
const isTold = (decision) => decision.explanations.length > 0;

export class DecisionsView {
  constructor(root) {
    this.root = root;
    this.decisions = [];
    this.held = false;
  }

  load(decisions) {
    this.decisions = decisions.filter(isTold).slice(0, DECISIONS_MAX);
    this.render(false);
  }

  add(decision) {
    if (!isTold(decision)) return;
    this.decisions.unshift(decision);
    this.decisions.length = Math.min(this.decisions.length, DECISIONS_MAX);
    this.render(true);
  }

  hold(held) {
    this.held = held;
    if (!held) this.render(false);
  }

  render(fresh) {
    if (this.held) return;
    const rows = withoutRepeats(this.decisions)
      .flatMap(([decision, explanations]) => rowsOf(decision, explanations, fresh && decision === this.decisions[0]))
      .slice(0, DECISIONS_MAX);
    if (rows.length === 0) {
      this.root.replaceChildren(element("p", { class: "empty" }, "No decision changed anything yet."));
      return;
    }
    const titles = ["time", "what", "change", "why", "lost", "refused"];
    const head = element("thead", {}, element("tr", {}, ...titles.map((t) => element("th", { scope: "col" }, t))));
    const table = element("table", {}, head, element("tbody", {}, ...rows));
    const scrolled = this.root.firstElementChild?.scrollTop ?? 0;
    this.root.replaceChildren(element("div", { class: "scroll", tabindex: "0", "aria-label": "Last decisions" }, table));
    this.root.firstElementChild.scrollTop = scrolled;
  }
}

/** Leaves out what a tick only says again: no change, and as many pending as the time before. */
function withoutRepeats(decisions) {
  const stateOf = new Map(); // what waits and what an operator said, by service
  const kept = [];
  for (const decision of [...decisions].reverse()) {
    const told = decision.explanations.filter((e) => {
      if (e.kind === "pool-explained") return true;
      if (e.kind === "service-routed") return e.cells.some((c) => c.share !== c.shareBefore);
      const pending = e.placement?.pending ?? 0;
      const state = `${pending} ${JSON.stringify(e.override ?? null)}`;
      const news = e.target !== e.targetBefore || stateOf.get(e.service) !== state;
      stateOf.set(e.service, state);
      return news;
    });
    if (told.length > 0) kept.unshift([decision, told]);
  }
  return kept;
}

function rowsOf(decision, explanations, fresh) {
  const rows = { "pool-explained": poolRow, "service-routed": routeRow, "service-explained": serviceRow };
  return explanations.map((e) => rows[e.kind](decision, e, fresh));
}

function change(before, after) {
  const tone = after > before ? "up" : after < before ? "down" : "";
  const arrow = after > before ? "▲" : after < before ? "▼" : "=";
  return element("td", { class: "change" }, `${before} → ${after} `, element("span", { class: tone }, arrow));
}

function row(decision, fresh, ...cells) {
  return element("tr", { class: fresh ? "fresh" : "" }, element("td", { class: "when nowrap", title: `decision ${decision.epoch}.${decision.sequence}` }, clock(decision.nowMs)), ...cells);
}

/** Most reasons are filters, counted in nodes; some concern the replicas themselves. */
function refusalWords(reason, count) {
  const some = (what) => `${count} ${what}${count === 1 ? "" : "s"}`;
  switch (reason) {
    case "quota": return `quota refused ${some("replica")}`;
    case "budget": return `the budget refused ${some("replica")}`;
    case "taken-back": return `${some("replica")} taken back`;
    case "larger-than-any-node": return `${some("replica")} larger than any node`;
    case "not-counted": return `refusals of ${some("node")} not counted`;
    case "no-node": return "there is no node";
    default: return `${reason} refused ${some("node")}`;
  }
}

function serviceRow(decision, e, fresh) {
  const winner = e.wishes.find((w) => w.source === e.winner);
  const operator = e.winner === "manual" && e.override;
  const losers = e.wishes.filter((w) => w !== winner);
  const clamp = e.clamps.at(-1);
  const set = operator ? ` ${operatorWords(operator, decision.nowMs)}` : winner ? ` ${winner.replicas}: ${winner.because}` : clamp ? ` ${clamp.to}: ${clamp.bound} instead of ${clamp.from}` : "";
  const why = element("td", { class: "reason" }, element("span", { class: "wish won" }, e.winner), set);
  if (e.clamps.length > 0) {
    why.append(element("span", { class: "muted" }, "; then " + e.clamps.map((c) => `${c.bound} ${c.from} → ${c.to}`).join(", ")));
  }
  const lost = losers.slice(0, 5).map((w) => `${w.source} ${w.replicas}`).join(", ");
  const refusals = Object.entries(e.placement?.refusals ?? {}).map(([reason, count]) => refusalWords(reason, count));
  const refused = element("td", { class: "refused empty-cell" });
  if ((e.placement?.pending ?? 0) > 0) {
    refused.className = "refused";
    refused.append(element("span", { class: "refusal" }, `${e.placement.pending} pending`), refusals.length ? ": " + refusals.join(", ") : "");
  }
  return row(decision, fresh, element("td", { class: "nowrap" }, e.service), change(e.targetBefore, e.target), why, element("td", { class: "losers muted" }, lost), refused);
}

function routeRow(decision, e, fresh) {
  const shares = e.cells.filter((c) => c.share > 0).map((c) => `${c.cell} ${Math.round(c.share * 100)} %`);
  const why = e.cells.filter((c) => c.share !== c.shareBefore).map((c) => `${c.cell} ${c.reason}`);
  return row(
    decision,
    fresh,
    element("td", { class: "nowrap" }, "users of " + e.service),
    element("td", { class: "change" }, shares.join(", ")),
    element("td", { class: "reason" }, why.join(", ")),
    element("td", { class: "losers muted" }, ""),
    element("td", { class: "refused empty-cell" }),
  );
}

/** Where the number stays, what could move is the news. */
function poolWords(e) {
  if (!e.moves) return e.reason;
  if (e.target === e.targetBefore) return movesWords(e.moves);
  return e.moves.nodes.length > 0 ? `${e.reason}; ${movesWords(e.moves)}` : e.reason;
}

/** What moves, what that costs and saves, and whether it is done. */
function movesWords(m) {
  if (m.nodes.length === 0) return `no node can be emptied any more: ${m.because}`;
  const moved = Object.values(m.replicas).reduce((sum, count) => sum + count, 0);
  const cost = m.bootCost.toFixed(m.bootCost < 0.1 ? 4 : 2); // a boot costs parts of a unit of money
  const nodes = `${m.nodes.length} node${m.nodes.length === 1 ? "" : "s"}`;
  return `${m.carriedOut ? "saves" : "could save"} ${m.savedPerHour.toFixed(2)}/h for ${cost}: ${moved} ${moved === 1 ? "replica leaves" : "replicas leave"} ${nodes}; ${m.carriedOut ? "" : "not done, "}${m.because}`;
}

function poolRow(decision, e, fresh) {
  return row(
    decision,
    fresh,
    element("td", { class: "nowrap" }, "pool " + e.pool),
    change(e.targetBefore, e.target),
    element("td", { class: "reason" }, poolWords(e)),
    element("td", { class: "losers muted" }, `placed ${e.neededForPlaced}, pending ${e.neededForPending}, calendar ${e.neededForCalendar}, forecast ${e.neededForForecast}, warm ${e.warm}`),
    element("td", { class: "refused empty-cell" }),
  );
}
