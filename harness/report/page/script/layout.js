// Where each row lies; labels are HTML above the canvas.
const HEIGHTS = { bars: 17, fault: 20, ticks: 19, requests: 24, latency: 44, line: 38, notes: 14 };
const INKS = ['bg', 'fg', 'quiet', 'line', 'soft', 'a', 'a-ink', 'b', 'b-ink', 'c', 'c-ink', 'd', 'd-ink', 'good', 'good-ink', 'slow',
  'no-answer', 'cut-off', 'status', 'own', 'off', 'off-ink', 'bad', 'bad-ink', 'none', 'none-ink', 'band', 'cursor', 'flag', 'accent'];

function layout() {
  if (!stage.clientWidth || !trial) return; // 0 while a page is being left
  const narrow = stage.clientWidth < NARROW, everything = $('#quiet').checked;
  dpr = printing ? 2 : window.devicePixelRatio || 1;
  gutter = narrow ? 0 : GUTTER;
  width = Math.max(50, stage.clientWidth - gutter);
  labels.replaceChildren();
  const folded = placeRows(narrow, everything);
  $('#folded').hidden = !folded && !everything;
  $('#folded span').textContent = folded ? `(${folded})` : '';
  size(map, MAP); size(rows, height - MAP); size(over, height);
  const style = getComputedStyle(document.documentElement);
  for (const name of INKS) ink[name] = style.getPropertyValue(`--${name}`).trim();
  dirty = true;
  drawMap(); draw(true); legend();
}

// Returns how many rows are folded away.
function placeRows(narrow, everything) {
  let y = MAP + AXIS + 2, group = '', folded = 0;
  shown = [];
  for (const lane of trial.lanes) {
    if (lane.quiet && !everything) { folded++; continue; }
    const latency = lane.kind === 'latency', name = latency ? 'latency, log' : lane.label;
    if (lane.group !== group) { y += 5; tag(0, y, stage.clientWidth, 'group', lane.group); y += 15; group = lane.group; }
    const h = lane.kind === 'requests' && !lane.main ? 11 : HEIGHTS[lane.kind];
    if (narrow) { lane.at = tag(0, y - (latency ? 2 : 0), width, '', name); y += 15; }
    else lane.at = tag(0, y + Math.max(0, (h - 16) / 2), gutter - (latency ? 48 : 8), '', name);
    lane.said = '';
    shown.push({ lane, y, h });
    y += h + 3;
  }
  height = y + 4;
  return folded;
}

function size(canvas, h) {
  canvas.width = Math.round(stage.clientWidth * dpr);
  canvas.height = Math.round(h * dpr);
  canvas.style.height = `${h}px`;
}

function tag(x, y, w, kind, text) {
  const div = document.createElement('div'), name = document.createElement('span'), value = document.createElement('span');
  div.className = kind;
  name.textContent = text;
  value.className = 'value';
  div.append(name, value);
  div.style.left = `${x}px`; div.style.top = `${y}px`; div.style.width = `${w}px`;
  labels.append(div);
  return value;
}

function legend() {
  const list = $('#legend'), lanes = shown.map(({ lane }) => lane);
  list.replaceChildren();
  const item = (text, paintIt) => {
    const li = document.createElement('li'), canvas = document.createElement('canvas'), g = canvas.getContext('2d');
    canvas.width = 14 * dpr; canvas.height = 12 * dpr;
    g.scale(dpr, dpr);
    paintIt(g);
    li.append(canvas, text);
    list.append(li);
  };
  const box = (fill, y = 1, h = 10) => (g) => { g.fillStyle = fill; g.fillRect(0, y, 14, h); };
  const seen = (k) => lanes.some((lane) => lane.kind === 'requests' && lane.counts[k].at(-1));
  KINDS.forEach((kind, k) => { if (seen(k)) item(`request ${trial.classes[k]}`, box(ink[kind])); });
  const nodes = new Map(lanes.filter((lane) => lane.node).map((lane) => [lane.node, lane.states[0][1]]));
  for (const [node, colour] of nodes) item(node, box(paint(colour)));
  const none = (lane) => lane.states?.findIndex(([, colour]) => colour === 'none') ?? -1;
  if (lanes.some((lane) => none(lane) >= 0 && lane.state.includes(none(lane)))) item('no node', box(paint('none')));
  if (lanes.some((lane) => lane.wrong?.length)) item('the entry leads to a node that does not have the VIP', box(ink.bad, 7, 4));
  if (lanes.some((lane) => lane.kind === 'fault')) {
    item('asked', (g) => { g.strokeStyle = ink.fg; g.strokeRect(1, 3, 12, 6); });
    item('achieved', box(ink.fg));
    if (lanes.some((lane) => lane.items?.some((one) => one.wire.length))) item('begin and end, by frames', box(ink.accent));
  }
  if (trial.bands.length) item('a fault is held', box(ink.band));
  if (lanes.some((lane) => lane.kind === 'ticks')) {
    item('advert', (g) => { g.fillStyle = ink.quiet; g.fillRect(6, 5, 1, 6); });
    item('gratuitous ARP', (g) => { g.fillStyle = ink['cut-off']; g.fillRect(6, 0, 2, 12); g.beginPath(); g.moveTo(2.5, 0); g.lineTo(11.5, 0); g.lineTo(7, 6); g.fill(); });
  }
}
