// The pulse: clock, turn and connection live here, in the browser, so that they are true when the server is gone.
const pad = (n) => String(n).padStart(2, "0");
// Milliseconds: a beat that is late, one that is given up, what the page may take to come back by itself.
const LATE = 30_000, GIVE_UP = 90_000, MEND = 12_000;

function localTime(state) {  // clocks of Vietnam, whatever the screen's own computer thinks
  return new Date(Date.now() + state.ahead + 7 * 3_600_000);
}

const clock = (time) => `${pad(time.getUTCHours())}:${pad(time.getUTCMinutes())}`;

function set(host, name, text) {
  const node = host.querySelector(`[data-live="${name}"]`);
  if (node && node.textContent !== text) node.textContent = text;
}

function tick(host, state) {
  const { data } = state, now = localTime(state);
  for (const node of document.querySelectorAll("[data-live=clock]")) {
    if (node.textContent !== clock(now)) node.textContent = clock(now);
  }
  const left = data.until ? Math.max(0, Math.ceil((data.until - Date.now() - state.ahead) / 1000)) : null;
  set(host, "left", left === null ? data.words[data.held] ?? "" : data.words.left.replace("{n}", left));
  const silent = performance.now() - state.heard;
  const lost = !state.reached || silent > LATE;
  if (lost && !state.since) state.since = clock(now);
  if (!lost) state.since = null;
  document.documentElement.toggleAttribute("data-wall-lost", lost);
  set(host, "link", lost ? data.words.lost : data.words.linked);
  const words = state.reached ? data.words.silent : data.words.gone;
  set(host, "lost", lost ? words.replace("{since}", state.since).replace("{until}", clock(new Date(state.beat + 7 * 3_600_000))) : "");
  const returned = state.wasGone && silent > MEND && performance.now() - state.back > MEND;
  if (state.reached && (returned || silent > GIVE_UP)) location.reload();
  const [hour, minute] = data.reload.split(":").map(Number), due = new Date(now);
  due.setUTCHours(hour, minute, 0, 0);
  if (!lost && now >= due && state.loaded < due && now - due < 3_600_000) location.reload();
}

async function probe(host, state) {
  let reached = false;
  try {
    reached = (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(2000) })).ok;
  } catch { reached = false; }
  if (!state.alive) return;
  if (reached && !state.reached) state.back = performance.now();
  if (!reached && !state.reached0) state.wasGone = true;
  // One missed answer is asked again at once; two are a lost server.
  state.reached = reached || state.reached0;
  state.reached0 = reached;
  tick(host, state);
  state.probing = setTimeout(() => probe(host, state), reached ? state.data.every : 600);
}

export default function ({ parentElement, data }) {
  const host = parentElement.querySelector(".w-frame");
  const state = (host.iocPulse ??= { alive: true, reached: true, reached0: true, back: performance.now() });
  const first = !state.data;
  Object.assign(state, { data, ahead: data.beat - Date.now(), beat: data.beat, heard: performance.now() });
  if (state.reached) state.wasGone = false;
  for (const [name, html] of Object.entries(data.parts)) {
    const part = host.querySelector(`[data-part="${name}"]`);
    if (part && part.drawn !== html) { part.innerHTML = html; part.drawn = html; }
  }
  window.iocWanted = data.scene;
  window.iocWall?.show(data.scene);
  host.dataset.held = data.held;
  if (first) {
    state.loaded = new Date(performance.timeOrigin + state.ahead + 7 * 3_600_000);
    state.ticking = setInterval(() => tick(host, state), 500);
    probe(host, state);
  }
  tick(host, state);
  return () => {
    state.alive = false;
    clearInterval(state.ticking);
    clearTimeout(state.probing);
    document.documentElement.removeAttribute("data-wall-lost");
    host.iocPulse = null;
  };
}
