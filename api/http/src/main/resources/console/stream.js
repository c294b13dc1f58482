// The stream of server-sent events, opened again whenever it breaks or falls silent.

const SILENCE_MS = 20_000; // the server sends a comment each 15 s; browsers do not show it, snapshots come each second
const RETRY_MAX_MS = 10_000;

/**
 * Opens /v1/stream and keeps it open.
 * @param handlers onSnapshot(snapshot), onDecision(decision), onGone(cell), onGap(), onState("live"|"waiting", detail), onOpen()
 */
export function openStream(handlers) {
  let source = null;
  let attempt = 0;
  let watchdog = 0;
  let timer = 0;

  function connect() {
    clearTimeout(timer);
    handlers.onState("waiting", attempt === 0 ? "connecting" : "reconnecting");
    source = new EventSource("/v1/stream");
    source.onopen = () => {
      attempt = 0;
      heard();
      handlers.onOpen();
      handlers.onState("live", "live");
    };
    source.onerror = again; // EventSource's own retry gives up after an HTTP error, ours does not
    source.addEventListener("snapshot", (e) => { heard(); handlers.onSnapshot(JSON.parse(e.data)); });
    source.addEventListener("decision", (e) => { heard(); handlers.onDecision(JSON.parse(e.data)); });
    source.addEventListener("gone", (e) => { heard(); handlers.onGone(JSON.parse(e.data).cell); });
    source.addEventListener("gap", () => handlers.onGap());
  }

  function heard() {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, SILENCE_MS);
  }

  function again() {
    clearTimeout(watchdog);
    source.close();
    attempt += 1;
    const wait = Math.min(RETRY_MAX_MS, 500 * 2 ** Math.min(attempt - 1, 5));
    handlers.onState("waiting", `no connection, again in ${Math.ceil(wait / 1000)} s`);
    clearTimeout(timer);
    timer = setTimeout(connect, wait);
  }

  connect();
}

/** Reads JSON; throws an Error with the problem's own words when it is refused. */
export async function request(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json().catch(() => null);
  if (!answer.ok) {
    const problem = body ?? {};
    const remedy = problem.remedy ? ` (${problem.remedy})` : "";
    throw new Error((problem.detail ?? `the server answered ${answer.status}`) + remedy);
  }
  return body;
}
