// What lies above the rows: the cursor, the values at it, a rectangle that is being drawn.
let dirty = true;

function drawOver() {
  const k = width / (full[1] - full[0]), glass = $('#glass').style;
  glass.transform = `translateX(${gutter + (view[0] - full[0]) * k}px)`;
  glass.width = `${Math.max(4, (view[1] - view[0]) * k)}px`;
  const g = over.getContext('2d');
  if (dirty) { g.setTransform(dpr, 0, 0, dpr, 0, 0); g.clearRect(0, 0, gutter + width, height); } // costs milliseconds without a GPU
  dirty = cursor !== null || !!drag;
  if (drag && drag.moved) {
    g.fillStyle = ink.accent; g.globalAlpha = 0.2;
    g.fillRect(Math.min(drag.x, drag.now), MAP, Math.abs(drag.now - drag.x), height);
    g.globalAlpha = 1;
  }
  for (const { lane } of shown) {
    const text = cursor === null ? '' : valueAt(lane, cursor);
    if (lane.said !== text) lane.at.textContent = lane.said = text;
  }
  $('#told').textContent = cursor === null ? '' : logAt(cursor);
  if (cursor !== null && X(cursor) >= gutter && X(cursor) <= gutter + width) drawCursor(g, X(cursor));
}

function drawCursor(g, x) {
  g.fillStyle = ink.cursor; g.fillRect(x - 0.5, MAP, 1, height);
  const step = trial.steps.findLast((each) => each.begin <= cursor) ?? trial.steps[0], w = (view[1] - view[0]) / width;
  const wall = new Date((trial.wall_us + cursor) / 1000), clock = Number.isNaN(+wall) ? '' : ` · ${wall.toISOString().slice(11, 23)} UTC`;
  const text = `${step.name} ${time(cursor - step.zero, w)}${clock}`;
  g.font = FONT;
  const size = g.measureText(text).width, left = Math.max(gutter, Math.min(x - size / 2 - 4, gutter + width - size - 8));
  g.fillRect(left, MAP, size + 8, 16);
  g.fillStyle = ink.bg; g.textBaseline = 'middle'; g.fillText(text, left + 4, MAP + 8);
}

function valueAt(lane, t) {
  const before = (times) => at(times, t + 1e-9) - 1;
  switch (lane.kind) {
    case 'bars': { const i = at(lane.end, t); return i < lane.begin.length && lane.begin[i] <= t ? lane.states[lane.state[i]][0] : '–'; }
    case 'fault': { const item = lane.items.findLast((each) => each.got[0] <= t); return item ? faultAt(item, t) : '–'; }
    case 'ticks': { const i = before(lane.small); return i < 0 ? '–' : `advert ${span(t - lane.small[i])} ago`; }
    case 'notes': { const i = before(lane.t); return i < 0 ? '–' : `${span(t - lane.t[i])} ago`; }
    case 'line': { const i = before(lane.t); return i < 0 ? '–' : `${lane.value[i]}${lane.limit[i] ? ` of ${lane.limit[i]}` : ''}`; }
    default: return requestAt(lane, t);
  }
}

function faultAt({ held, got: [from, to] }, t) {
  if (!held) return `${span(t - from)} ago`;
  return t < to ? `for ${span(t - from)}` : `${span(t - to)} ago`;
}

// The nearest request.
function requestAt(lane, t) {
  let i = at(lane.due, t);
  if (i && (i === lane.due.length || t - lane.due[i - 1] < lane.due[i] - t)) i--;
  if (i >= lane.due.length) return '–';
  if (lane.kind === 'latency') return span(us(lane.took[i]));
  return trial.classes[lane.classes[i]] + (lane.by[i] ? `, ${lane.balancers[lane.by[i]]}` : '');
}

// The line of any log that came last before the cursor, within a second.
function logAt(t) {
  let best = null;
  for (const lane of trial.lanes) {
    if (lane.kind !== 'notes') continue;
    const i = at(lane.t, t + 1e-9) - 1;
    if (i >= 0 && t - lane.t[i] < 1e6 && (!best || lane.t[i] > best[0])) best = [lane.t[i], lane.label, lane.texts[i]];
  }
  return best ? `${time(best[0], 100)} ${best[1]}: ${best[2]}` : '';
}
