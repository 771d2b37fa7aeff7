// A frame. At first only the rows in sight: the others follow when the browser has time.
function draw(everything = false) {
  if (!trial) return;
  c = rows.getContext('2d');
  c.setTransform(dpr, 0, 0, dpr, 0, -MAP * dpr);
  if (!printing) c.clearRect(0, 0, gutter + width, height); // printed as strokes, a cleared rectangle would be white paint
  c.font = FONT; c.textBaseline = 'middle';
  drawAxis();
  c.save();
  c.beginPath(); c.rect(gutter ? gutter - 46 : 0, MAP + AXIS, width + 46, height); c.clip();
  c.fillStyle = ink.band;
  for (const [from, to] of trial.bands) {
    const left = Math.max(gutter, X(from)), right = Math.min(gutter + width, X(to));
    if (right > gutter && left < gutter + width) c.fillRect(left, MAP + AXIS, Math.max(1, right - left), height);
  }
  const top = everything ? -1e9 : -stage.getBoundingClientRect().top, bottom = everything ? 1e9 : top + innerHeight;
  for (const { lane, y, h } of shown) {
    if (y + h < top || y > bottom) continue;
    c.fillStyle = ink.line; c.fillRect(gutter, y + h + 1, width, 0.5);
    DRAW[lane.kind](lane, y, h);
  }
  drawFlags();
  c.restore();
  drawOver();
  const w = view[1] - view[0];
  $('#range').textContent = `${time(view[0], w / 100)} … ${time(view[1], w / 100)} (${span(w)})`;
  clearTimeout(later);
  later = everything ? 0 : setTimeout(() => draw(true), 120);
  if (everything) listLines();
}

function drawAxis() {
  const w = view[1] - view[0], rough = w / Math.max(2, width / 110), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  c.textAlign = 'center';
  for (let t = Math.ceil(view[0] / step) * step; t <= view[1]; t += step) {
    const x = X(t);
    c.fillStyle = ink.line; c.fillRect(x, MAP + AXIS - 4, 0.7, height);
    c.fillStyle = ink.quiet;
    if (x > gutter + 24 && x < gutter + width - 24) c.fillText(Math.abs(t) < 1e-6 ? '0' : time(t, step), x, MAP + 9);
  }
  c.fillStyle = ink.fg; c.textAlign = 'left';
  let free = gutter; // a name that would lie on the one before is left out
  for (const each of trial.steps) {
    const x = X(each.begin);
    if (x <= gutter || x >= gutter + width) continue;
    c.fillRect(x, MAP + 16, 0.8, height);
    if (x < free) continue;
    c.fillText(each.name, x + 3, MAP + 20);
    free = x + 8 + c.measureText(each.name).width;
  }
}

function drawFlags() {
  for (const [n, [t, what]] of flags.entries()) {
    const x = X(t);
    if (x < gutter - 1 || x > gutter + width + 1) continue;
    c.fillStyle = ink.flag; c.fillRect(x - 0.75, MAP + AXIS, 1.5, height);
    const size = c.measureText(what).width, left = Math.max(gutter, Math.min(x + 3, gutter + width - size - 6)), y = MAP + AXIS + 9 + (n % 4) * 15;
    c.fillRect(left, y - 7, size + 6, 14);
    c.fillStyle = ink.bg; c.textAlign = 'left'; c.fillText(what, left + 3, y + 0.5);
  }
}

// The whole trial: where any request went bad. Drawn once.
function drawMap() {
  const saved = view, g = map.getContext('2d');
  view = full; c = g;
  g.setTransform(dpr, 0, 0, dpr, 0, 0);
  g.clearRect(0, 0, gutter + width, MAP);
  g.fillStyle = ink.soft; g.fillRect(gutter, 3, width, MAP - 6);
  g.fillStyle = ink.band;
  for (const [from, to] of trial.bands) g.fillRect(X(from), 3, Math.max(1, X(to) - X(from)), MAP - 6);
  const strips = trial.lanes.filter((lane) => lane.kind === 'requests' && lane.main && !lane.quiet), h = (MAP - 6) / Math.max(1, strips.length);
  strips.forEach((lane, n) => drawRequests(lane, 3 + n * h, Math.max(2, h - 0.5)));
  view = saved;
}

// Of the logs of all nodes: what lies in the view.
const MOST_LINES = 200;
function listLines() {
  const logs = trial.lanes.filter((lane) => lane.kind === 'notes'), box = $('#lines');
  box.hidden = !logs.length;
  if (box.hidden) return;
  const found = logs.flatMap((lane) => {
    const first = at(lane.t, view[0]), last = at(lane.t, view[1]);
    return lane.texts.slice(first, last).map((text, i) => [lane.t[first + i], lane.label, text]);
  }).sort((a, b) => a[0] - b[0]);
  box.querySelector('span').textContent = found.length > MOST_LINES ? `(the first ${MOST_LINES} of ${found.length})` : `(${found.length})`;
  if (!box.open) return;
  box.querySelector('ol').replaceChildren(...found.slice(0, MOST_LINES).map(([t, node, text]) => {
    const li = document.createElement('li');
    li.textContent = `${time(t, 100)}  ${node}  ${text}`;
    return li;
  }));
}
