// A trial's blob: base64 of gzip of (length of the head, head as JSON, arrays as byte planes).
const WIDTHS = { t: 4, T: 8, L: 8, u: 4, h: 2, c: 1 };
const ARRAYS = ['begin', 'length', 'state', 'small', 'tall', 'due', 'took', 'classes', 'by', 't', 'value', 'limit'];

async function load(n) {
  if (loaded.has(n)) return loaded.get(n);
  performance.mark('decode');
  const [head, arrays] = unpack(await unzip(document.getElementById(`trial-${n}`).textContent));
  performance.mark('unpacked');
  head.lanes = head.lanes.flatMap((lane) => prepare(lane, arrays));
  head.bands = bands(head.lanes);
  performance.mark('prepared');
  loaded.set(n, head);
  return head;
}

async function unzip(text) {
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function unpack(raw) {
  const size = new DataView(raw.buffer).getUint32(0, true);
  const [head, named] = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + size)));
  let from = 4 + size;
  const arrays = named.map(([kind, n]) => unplane(raw.subarray(from, (from += n * WIDTHS[kind[0]])), n, kind));
  return [head, arrays];
}

// Plain loops: a callback for each of a million values costs a tenth of a second.
function unplane(planes, n, kind) {
  if (kind === 'c') return planes;
  if (kind === 'h') {
    const out = new Uint16Array(n);
    for (let i = 0; i < n; i++) out[i] = planes[i] | (planes[n + i] << 8);
    return out;
  }
  const low = fours(planes, n, 0);
  if (kind === 'u') return low;
  const out = Float64Array.from(low);
  if (WIDTHS[kind[0]] === 8) { const high = fours(planes, n, 4); for (let i = 0; i < n; i++) out[i] += high[i] * 4294967296; }
  if (kind[0] === 'L') return out;
  let t = +kind.slice(1);
  for (let i = 0; i < n; i++) out[i] = t += out[i];
  return out;
}

function fours(planes, n, from) {
  const out = new Uint32Array(n), a = from * n, b = a + n, c = b + n, d = c + n;
  for (let i = 0; i < n; i++) out[i] = planes[a + i] | (planes[b + i] << 8) | (planes[c + i] << 16) | (planes[d + i] << 24);
  return out;
}

function prepare(lane, arrays) {
  for (const key of ARRAYS) if (typeof lane[key] === 'number') lane[key] = arrays[lane[key]];
  if (lane.kind === 'bars') lane.end = Float64Array.from(lane.begin, (begin, i) => begin + lane.length[i]);
  if (lane.kind === 'line') lane.blocks = extremes(lane.value);
  if (lane.kind !== 'requests') return [lane];
  lane.counts = counts(lane.classes);
  lane.blocks = extremes(lane.took);
  lane.longest = us(lane.blocks.most.reduce((most, each) => Math.max(most, each), 0));
  return lane.latency ? [lane, { ...lane, kind: 'latency' }] : [lane];
}

// When any fault was held, as spans in order.
function bands(lanes) {
  const spans = lanes.flatMap((lane) => (lane.items ?? []).filter((item) => item.held).map((item) => item.got));
  const merged = [];
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
