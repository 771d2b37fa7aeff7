// Rows of states, instants and numbers.
const DRAW = { bars: drawBars, fault: drawFaults, ticks: drawTicks, notes: drawNotes, line: drawLine, requests: drawRequests, latency: drawLatency };

function drawBars(lane, y, h) {
  const { begin, end, state, states } = lane, changes = [];
  let i = at(end, view[0]), last = -9;
  while (i < begin.length && begin[i] < view[1]) {
    const x = X(begin[i]), w = Math.max(1.5, X(end[i]) - x), [text, colour] = states[state[i]];
    const left = Math.max(x, gutter), right = Math.min(x + w, gutter + width);
    c.fillStyle = paint(colour);
    c.fillRect(left, y, Math.max(1.5, right - left), h);
    if (w > 30) words(text, x, y + h / 2, w, colour);
    if (x - last >= 1 && x > gutter) { changes.push(x); last = x; }
    const edge = T(Math.floor(x) + 1);
    i = end[i] < edge ? Math.max(i + 1, next(end, edge, i)) : i + 1;
  }
  c.fillStyle = ink.fg; // an owner for 1 ms of an hour is seen
  for (const x of changes) c.fillRect(x - 0.5, y, 1, h);
  c.fillStyle = ink.bad;
  for (const [from, to] of lane.wrong) {
    const left = Math.max(X(from), gutter), right = Math.min(X(to), gutter + width);
    if (right >= gutter && left <= gutter + width) c.fillRect(left, y + h - 4, Math.max(1.5, right - left), 4);
  }
}

function drawFaults(lane, y, h) {
  const say = lane.items.length === 1 || view[1] - view[0] < 6e7;
  for (const item of lane.items) {
    const [from, to] = [Math.min(item.got[0], item.asked[0]), item.got[1] ?? item.got[0]];
    if (to >= view[0] && from <= view[1]) (item.held ? drawHeld : drawAct)(item, y, h, say);
  }
}

function drawAct({ got: [t] }, y, h, say) {
  const x = X(t);
  if (x < gutter) return;
  c.fillStyle = ink.fg;
  c.beginPath(); c.moveTo(x, y + 2); c.lineTo(x + 6, y + h / 2); c.lineTo(x, y + h - 2); c.lineTo(x - 6, y + h / 2); c.fill();
  if (say) { c.textAlign = 'left'; c.fillText('done once', x + 9, y + h / 2); }
}

function drawHeld({ released, asked, got, wire }, y, h, say) {
  const left = Math.max(gutter, X(got[0])), right = Math.min(gutter + width, X(got[1]));
  const asks = Math.max(gutter, X(asked[0])), until = asked[1] === null ? right : Math.min(gutter + width, X(asked[1]));
  c.strokeStyle = ink.fg; c.lineWidth = 1;
  c.setLineDash(asked[1] === null ? [3, 3] : []);
  c.strokeRect(asks, y + 1.5, Math.max(1.5, until - asks), 6);
  c.setLineDash([]);
  c.fillStyle = ink.fg;
  c.fillRect(left, y + 9, Math.max(1.5, right - left), h - 9);
  c.fillStyle = ink.accent;
  for (const [p, q] of [[wire[0], wire[1]], [wire[2], wire[3]]]) {
    if (p != null && q != null && X(p) >= gutter) c.fillRect(X(p), y + 12, Math.max(1, X(q) - X(p)), 4);
  }
  if (!say) return;
  const lasted = `${((got[1] - got[0]) / 1e6).toFixed(4)} s`;
  const text = !released ? 'still held at the end' : asked[1] === null ? `until undone, ${lasted}` : `asked ${((asked[1] - asked[0]) / 1e6).toFixed(3)} s, achieved ${lasted}`;
  const size = c.measureText(text).width;
  c.textAlign = 'left';
  if (right - left > size + 8) { c.fillStyle = ink.bg; c.fillText(text, left + 4, y + 15); }
  else if (right + size + 6 < gutter + width) { c.fillStyle = ink.fg; c.fillText(text, right + 6, y + 13); }
}

function drawTicks(lane, y, h) {
  marks(lane.small, y + 11, h - 11, 1, ink.quiet);
  marks(lane.tall, y, h, 2, ink['cut-off']);
}

function drawNotes(lane, y, h) { marks(lane.t, y + 3, h - 3, 2, ink.accent); }

// One mark a pixel column; a wide one (2) gets a head.
function marks(times, top, size, w, colour) {
  c.fillStyle = colour;
  c.beginPath();
  for (let i = at(times, view[0]); i < times.length && times[i] < view[1];) {
    const x = Math.floor(X(times[i]));
    c.fillRect(x, top, w, size);
    if (w === 2 && size > 15) { c.moveTo(x - 4, top); c.lineTo(x + 4.5, top); c.lineTo(x + 0.5, top + 6); c.closePath(); }
    i = Math.max(i + 1, next(times, T(x + 1), i));
  }
  c.fill();
}

function drawLine(lane, y, h) {
  const { t, value, limit } = lane;
  if (!t.length) return;
  lane.top ??= Math.max(1, ...lane.blocks.most, ...extremes(limit).most) * 1.08;
  const YY = (n) => y + h - (n / lane.top) * h, first = Math.max(0, at(t, view[0]) - 1), last = Math.min(t.length, at(t, view[1]) + 1);
  const full = new Path2D(), below = new Path2D();
  for (let i = first; i < last;) {
    const x = Math.max(gutter, X(t[i])), e = Math.max(i + 1, next(t, T(Math.floor(x) + 1), i)), end = e < t.length ? X(t[e]) : x + 3;
    extremesOf(value, lane.blocks, i, e);
    const top = YY(range[1]), target = limit[i] && range[1] >= limit[i] ? full : below;
    target.rect(x, top, Math.max(1, Math.min(end, gutter + width) - x), y + h - top);
    i = e;
  }
  c.globalAlpha = 0.55; c.fillStyle = ink.a; c.fill(below); c.globalAlpha = 1;
  c.fillStyle = ink['no-answer']; c.fill(full);
  drawLimit(lane, YY, first, last);
  const bound = limit[first];
  c.font = SMALL; c.textAlign = 'left'; c.fillStyle = ink.quiet;
  c.fillText(bound ? `limit ${bound}` : `at most ${Math.round(lane.top / 1.08)}`, gutter + 2, bound ? YY(bound) + 7 : y + 5);
  c.font = FONT;
}

function drawLimit({ t, limit }, YY, first, last) {
  c.fillStyle = ink.fg;
  for (let i = first; i < last;) {
    let e = i + 1;
    while (e < last && limit[e] === limit[i]) e++;
    if (limit[i]) { const x = Math.max(gutter, X(t[i])); c.fillRect(x, YY(limit[i]) - 0.5, (e < t.length ? Math.min(X(t[e]), gutter + width) : gutter + width) - x, 1); }
    i = e;
  }
}
