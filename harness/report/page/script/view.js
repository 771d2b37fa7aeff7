// Moving about.
function set(from, to) {
  const w = Math.min(Math.max(to - from, LEAST), full[1] - full[0]), middle = (from + to) / 2;
  const begin = Math.min(Math.max(middle - w / 2, full[0]), full[1] - w);
  view = [begin, begin + w];
}
function go(from, to) {
  set(from, to);
  if (!wanted) wanted = requestAnimationFrame(() => { wanted = 0; draw(); });
}
function zoom(factor, t = (view[0] + view[1]) / 2) { go(t - (t - view[0]) * factor, t + (view[1] - t) * factor); }
function pan(share) { const d = (view[1] - view[0]) * share; go(view[0] + d, view[1] + d); }

function toFault() {
  const middle = view[0] + (view[1] - view[0]) * 0.3, held = trial.bands;
  const [from, to] = held.find(([begin]) => begin > middle) ?? held[0] ?? [trial.steps[0].zero, trial.steps[0].zero + 2e6];
  const w = Math.max(Math.min(to - from, 1e7), 2e4);
  go(from - w * 0.35, from + w * 1.9);
}

let lastBad = null;
function toBad() {
  const since = lastBad !== null && lastBad >= view[0] && lastBad <= view[1] ? lastBad : view[0];
  let best = Infinity;
  for (const lane of trial.lanes) if (lane.kind === 'requests') best = Math.min(best, firstBad(lane, since));
  lastBad = best === Infinity ? null : best;
  if (lastBad === null) return;
  cursor = best;
  const w = Math.min(view[1] - view[0], 2e6);
  go(best - w / 2, best + w / 2);
}

// The first bad request after t that follows a good one; blocks of good ones are skipped.
function firstBad({ due, classes, counts: before }, t) {
  for (let i = at(due, t + 1); i < due.length; i++) {
    if (i % BLOCK === 0 && before[0][i / BLOCK + 1] - before[0][i / BLOCK] === BLOCK) { i += BLOCK - 1; continue; }
    if (classes[i] && !(i && classes[i - 1])) return due[i];
  }
  return Infinity;
}

function clean() { flags = []; cursor = null; draw(); }

async function show(n) {
  try {
    trial = await load(n);
  } catch (error) {
    $('#told').textContent = `The timeline of this trial cannot be drawn: ${error.message}`;
    return;
  }
  place = n; full = trial.view; flags = []; cursor = null;
  $('#trial').value = n;
  all('.story').forEach((each) => { each.hidden = +each.dataset.trial !== n; });
  set(...full);
  layout();
  performance.mark('drawn');
}

// A sentence sets the view to its instants.
async function jump(button) {
  const n = +button.dataset.trial;
  if (n !== place) await show(n);
  if (n !== place) return;
  flags = JSON.parse(button.dataset.marks);
  const times = flags.map(([t]) => t), from = Math.min(...times), to = Math.max(...times), w = Math.max(to - from, 1e6);
  set(from - w * 0.5, to + w * 0.5);
  cursor = from;
  draw(true);
  const box = stage.getBoundingClientRect();
  if (box.top < 0 || box.top > innerHeight * 0.6) $('#timeline').scrollIntoView({ block: 'start' });
}
