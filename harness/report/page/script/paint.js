// Colours and words on the canvas. Nodes differ by hatching as well as by colour.
let c = rows?.getContext('2d');
const X = (t) => gutter + ((t - view[0]) / (view[1] - view[0])) * width;
const T = (x) => view[0] + ((x - gutter) / width) * (view[1] - view[0]);
const hatches = new Map();

function paint(colour) {
  if (!['b', 'c', 'd', 'none'].includes(colour)) return ink[colour];
  const key = colour + ink[colour] + dpr;
  if (!hatches.has(key)) hatches.set(key, hatch(colour));
  return hatches.get(key);
}

function hatch(colour) {
  const tile = document.createElement('canvas'), g = tile.getContext('2d');
  tile.width = tile.height = 6;
  g.fillStyle = ink[colour]; g.fillRect(0, 0, 6, 6);
  g.strokeStyle = colour === 'none' ? ink.own : ink.bg;
  g.globalAlpha = colour === 'none' ? 0.8 : 0.45;
  g.lineWidth = 1.2;
  g.beginPath();
  if (colour !== 'd') { g.moveTo(-1, 7); g.lineTo(7, -1); g.moveTo(-1, 1); g.lineTo(1, -1); g.moveTo(5, 7); g.lineTo(7, 5); }
  if (colour === 'c') { g.moveTo(-1, -1); g.lineTo(7, 7); }
  if (colour === 'd') { g.moveTo(0, 3); g.lineTo(6, 3); }
  g.stroke();
  return c.createPattern(tile, 'repeat');
}

// Inside of a bar, if it has room: within its visible part.
function words(text, x, y, w, colour) {
  const left = Math.max(x, gutter), right = Math.min(x + w, gutter + width), size = c.measureText(text).width;
  if (right - left < size + 10) return;
  if (['b', 'c', 'd'].includes(colour)) { c.fillStyle = ink[colour]; c.fillRect(left + 3, y - 6, size + 4, 12); }
  c.fillStyle = ink[`${colour}-ink`] || ink.fg;
  c.textAlign = 'left';
  c.fillText(text, left + 5, y + 0.5);
}

// Pixels of strips are written, not stroked: what a frame costs then does not depend on what it shows.
const off = document.createElement('canvas'), shadesOf = new Map();
let pen = null, pixels = null, image = null;

function colour32(name) {
  const key = name + ink[name];
  if (!shadesOf.has(key)) {
    const g = document.createElement('canvas').getContext('2d');
    g.fillStyle = ink[name]; g.fillRect(0, 0, 1, 1);
    shadesOf.set(key, new Uint32Array(g.getImageData(0, 0, 1, 1).data.buffer)[0]);
  }
  return shadesOf.get(key);
}

function sheet(w, h) {
  if (off.width !== w || off.height !== h || !pen) {
    off.width = w; off.height = h;
    pen = off.getContext('2d');
    image = pen.createImageData(w, h);
    pixels = new Uint32Array(image.data.buffer);
  } else pixels.fill(0);
  return pixels;
}

function lay(y, w, h) {
  pen.putImageData(image, 0, 0);
  c.imageSmoothingEnabled = false;
  c.drawImage(off, 0, 0, w, h, gutter, y, w, h);
}

function span(t) {
  const size = Math.abs(t);
  if (size >= 1e6) return `${(t / 1e6).toFixed(size < 1e7 ? 2 : 1)} s`;
  return size >= 1000 ? `${(t / 1e3).toFixed(size < 1e4 ? 1 : 0)} ms` : `${t.toFixed(0)} µs`;
}

// With as many digits as a step of the axis needs.
function time(t, step) {
  const digits = Math.min(6, Math.max(0, Math.ceil(6 - Math.log10(Math.max(1, step)) - 1e-9)));
  return `${t < 0 ? '−' : '+'}${Math.abs(t / 1e6).toFixed(digits)} s`;
}
