// Requests. A class that has one request in a pixel column gets some pixels of it: no failure vanishes at any zoom.
function drawRequests(lane, y, h) {
  const first = at(lane.due, view[0]), last = at(lane.due, view[1]);
  if (last - first < width / 3 && drawSingly(lane, first, last, y, h)) return;
  const H = Math.round(h), { w, tallies } = columns(lane), p = sheet(w, H), shades = KINDS.map(colour32);
  let filled = -9;
  for (let x = 0; x < w; x++) {
    let n = 0;
    for (let k = 0; k < KINDS.length; k++) n += tallies[x * KINDS.length + k];
    if (n) { drawColumn(p, w, x, H, tallies, n, shades); filled = x; }
    else if (x - filled < 4) for (let row = 0; row < H; row++) p[row * w + x] = p[row * w + x - 1]; // a longer gap stays one
  }
  lay(y, w, H);
}

// The worst on top, the good ones below.
function drawColumn(p, w, x, H, tallies, n, shades) {
  const least = Math.max(1, Math.min(4, Math.floor(H / 5))), from = x * KINDS.length;
  let below = 0, top = 0;
  for (let k = 1; k < KINDS.length; k++) if (tallies[from + k]) below++;
  for (let k = KINDS.length - 1; k >= 0; k--) {
    const many = tallies[from + k];
    if (!many) continue;
    if (k) below--;
    const end = k ? Math.min(H - least * below, top + Math.max(least, Math.round((H * many) / n))) : H;
    for (; top < end; top++) p[top * w + x] = shades[k];
  }
  for (; top < H; top++) p[top * w + x] = p[(top - 1) * w + x];
}

// Each with a mark when due and a tail until done, bad ones over good ones. False: some are too near to each other, and
// their marks are still to be drawn by columns, over the tails.
function drawSingly(lane, first, last, y, h) {
  const { due, took, classes } = lane, least = (3 * (view[1] - view[0])) / width;
  let apart = true;
  for (let i = first + 1; i < last && apart; i++) apart = due[i] - due[i - 1] >= least;
  for (const bad of [false, true]) {
    for (let i = at(due, view[0] - lane.longest); i < last; i++) {
      if (!!classes[i] !== bad) continue;
      const x = X(due[i]), end = Math.min(gutter + width, x + (us(took[i]) / (view[1] - view[0])) * width);
      if (end < gutter) continue;
      c.fillStyle = ink[KINDS[classes[i]]];
      c.globalAlpha = 0.3; c.fillRect(Math.max(gutter, x), y + h / 2 - 1.5, end - Math.max(gutter, x), 3); c.globalAlpha = 1;
      if (apart && x >= gutter) c.fillRect(x - 1, y, 2.5, h);
    }
  }
  return apart;
}

const SCALE = [[1e3, '1 ms'], [1e5, '100 ms'], [1e7, '10 s']];
const Y = (t, y, h) => y + h - Math.max(0, Math.min(1, Math.log10(Math.max(t, 100) / 100) / 5)) * (h - 2) - 1;

function drawLatency(lane, y, h) {
  const { due, took, classes } = lane, first = at(due, view[0]), last = at(due, view[1]);
  c.fillStyle = ink.line;
  for (const [t] of SCALE) c.fillRect(gutter, Y(t, y, h), width, 0.7);
  if (last - first < width / 3) {
    for (let i = first; i < last; i++) {
      c.fillStyle = classes[i] ? ink[KINDS[classes[i]]] : ink.fg;
      c.fillRect(X(due[i]) - 1.5, Y(us(took[i]), y, h) - 1.5, 3, 3);
    }
  } else drawLatencyColumns(lane, y, h);
  c.font = SMALL; c.fillStyle = ink.quiet;
  for (const [t, text] of SCALE) {
    const yy = Y(t, y, h);
    if (gutter) { c.textAlign = 'right'; c.fillText(text, gutter - 3, yy + (t === 1e7 ? 2 : 0)); }
    else if (t === 1e5) { c.textAlign = 'left'; c.fillText(text, gutter + 2, yy - 5); }
  }
  c.font = FONT;
}

function drawLatencyColumns(lane, y, h) {
  const { w, edges, tallies } = columns(lane), p = sheet(w, h), shades = KINDS.map(colour32), plain = colour32('quiet');
  for (let x = 0; x < w; x++) {
    if (edges[x] === edges[x + 1]) continue;
    extremesOf(lane.took, lane.blocks, edges[x], edges[x + 1]);
    const top = Math.round(Y(us(range[1]), 0, h)), low = Math.max(top + 1, Math.round(Y(us(range[0]), 0, h)));
    for (let row = top; row < low; row++) p[row * w + x] = plain;
    for (let k = 1; k < KINDS.length; k++) {
      if (!tallies[x * KINDS.length + k]) continue;
      for (let row = Math.max(0, top - 1); row < top + 2; row++) { p[row * w + x] = shades[k]; if (x) p[row * w + x - 1] = shades[k]; }
    }
  }
  lay(y, w, h);
}
