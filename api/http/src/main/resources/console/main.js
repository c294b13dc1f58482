// Wires the stream to the views. State lives here: one cell at a time is shown.

import { openStream, request } from "./stream.js";
import { Series } from "./series.js";
import { asRead } from "./format.js";
import { ServicesView, DecisionsView, showSummary, showEvents, showNodes, element } from "./views.js";

const find = (id) => document.getElementById(id);
const snapshots = new Map(); // cell -> last snapshot
const histories = new Map(); // cell -> Series
const events = new Map(); // name -> {startMs, services}, kept when an event is over
const services = new ServicesView(find("services"), find("services-count"));
const decisions = new DecisionsView(find("decisions"));
let shown = null;
let painting = false;

function current() {
  return snapshots.get(shown) ?? null;
}

/** Paints at most once per frame, however many snapshots came. */
function paint() {
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => {
    painting = false;
    const snapshot = current();
    if (snapshot === null) return;
    showSummary(snapshot, snapshot.nowMs);
    showEvents(find("events"), find("events-count"), snapshot, snapshot.nowMs);
    showNodes(find("nodes"), find("nodes-count"), snapshot);
    services.update(snapshot, histories.get(shown), Number(find("span").value), find("filter").value.trim(), events);
    offerServices(snapshot);
  });
}

function offerServices(snapshot) {
  const select = find("surge").elements.service;
  const names = snapshot.services.map((s) => s.service);
  if (names.join() !== [...select.options].map((o) => o.value).join()) {
    const chosen = select.value;
    select.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
    if (names.includes(chosen)) select.value = chosen;
  }
}

async function onSnapshot(snapshot) {
  const isNew = !snapshots.has(snapshot.cell);
  snapshots.set(snapshot.cell, snapshot);
  for (const event of snapshot.events) events.set(event.name, event);
  if (isNew) {
    histories.set(snapshot.cell, new Series());
    shown ??= snapshot.cell;
    offerCells();
    await loadHistory(snapshot.cell);
  }
  histories.get(snapshot.cell)?.add(snapshot);
  if (snapshot.cell === shown) paint();
}

function offerCells() {
  find("cell").replaceChildren(
    ...[...snapshots.keys()].sort(asRead).map((cell) => element("option", { value: cell }, cell)),
  );
  find("cell").value = shown;
}

/** A cell that is not declared any more is offered no longer; if it was shown, the first of the others is. */
function onGone(cell) {
  if (!snapshots.delete(cell)) return;
  histories.delete(cell);
  if (cell === shown) {
    shown = [...snapshots.keys()].sort(asRead)[0] ?? null;
    decisions.load([]);
    loadDecisions();
    paint();
  }
  offerCells();
}

async function loadHistory(cell) {
  try {
    const history = await request(`/v1/history?cell=${encodeURIComponent(cell)}&seconds=1800`);
    histories.get(cell)?.load(history); // gone while it was asked for
  } catch (failure) {
    console.warn("charts begin now, no history:", failure.message);
  }
}

async function loadDecisions() {
  if (shown === null) return;
  try {
    const list = await request(`/v1/decisions?limit=300&cell=${encodeURIComponent(shown)}`);
    decisions.load(list.items);
  } catch (failure) {
    console.warn("no decisions:", failure.message);
  }
}

openStream({
  async onSnapshot(snapshot) {
    const first = shown === null;
    await onSnapshot(snapshot);
    if (first) await loadDecisions();
  },
  onDecision(decision) {
    if (decision.cell === shown) decisions.add(decision);
  },
  onGone,
  onGap: loadDecisions,
  onOpen() {
    // After a break, what was missed is read again.
    for (const cell of histories.keys()) loadHistory(cell);
    loadDecisions();
  },
  onState(state, words) {
    const link = find("link");
    link.className = "link " + state;
    link.textContent = words;
  },
});

find("cell").addEventListener("change", () => {
  shown = find("cell").value;
  decisions.load([]);
  loadDecisions();
  paint();
});
find("filter").addEventListener("input", paint);
find("span").addEventListener("change", paint);
find("hold").addEventListener("change", () => decisions.hold(find("hold").checked));

find("surge").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const answer = find("surge-answer");
  const button = form.querySelector("button");
  const surge = {
    service: form.elements.service.value,
    factor: Number(form.elements.factor.value),
    riseMs: 2_000,
    holdMs: Math.round(Number(form.elements.seconds.value) * 1000),
    decayHalfLifeMs: 5_000,
  };
  button.disabled = true;
  answer.className = "";
  answer.textContent = "starting";
  try {
    await request("/v1/simulation/surges", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(surge),
    });
    answer.className = "good";
    answer.textContent = `${surge.service} at ${surge.factor} times its load for ${surge.holdMs / 1000} s`;
  } catch (failure) {
    answer.className = "bad";
    answer.textContent = failure.message;
  } finally {
    button.disabled = false;
  }
});

function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
  services.retheme();
}

const preferred = matchMedia("(prefers-color-scheme: dark)");
const stored = localStorage.getItem("theme");
applyTheme(stored ?? (preferred.matches ? "dark" : "light"));
preferred.addEventListener("change", () => {
  if (localStorage.getItem("theme") === null) applyTheme(preferred.matches ? "dark" : "light");
});
find("theme").addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  applyTheme(next);
});
