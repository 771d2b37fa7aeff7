// For each block of 64: the least, the most, and how many of each class came before. Nothing of it is in the file.
function extremes(values) {
  const n = Math.ceil(values.length / BLOCK), least = new Uint32Array(n), most = new Uint32Array(n);
  for (let k = 0; k < n; k++) {
    const end = Math.min(values.length, (k + 1) * BLOCK);
    let lo = 4294967295, hi = 0;
    for (let i = k * BLOCK; i < end; i++) { const x = values[i]; if (x < lo) lo = x; if (x > hi) hi = x; }
    least[k] = lo; most[k] = hi;
  }
  return { least, most };
}

function counts(classes) {
  const n = Math.ceil(classes.length / BLOCK), before = KINDS.map(() => new Uint32Array(n + 1)), sum = KINDS.map(() => 0);
  for (let k = 0; k < n; k++) {
    const end = Math.min(classes.length, (k + 1) * BLOCK);
    for (let i = k * BLOCK; i < end; i++) sum[classes[i]]++;
    for (let j = 0; j < sum.length; j++) before[j][k + 1] = sum[j];
  }
  return before;
}

const range = [0, 0]; // of the last call of extremesOf: no array is made for each column
function extremesOf(values, { least, most }, i, end) {
  let lo = 4294967295, hi = 0;
  while (i < end) {
    if (i % BLOCK === 0 && i + BLOCK <= end) {
      const k = i / BLOCK;
      if (least[k] < lo) lo = least[k];
      if (most[k] > hi) hi = most[k];
      i += BLOCK;
    } else { const x = values[i++]; if (x < lo) lo = x; if (x > hi) hi = x; }
  }
  range[0] = lo; range[1] = hi;
}

const tally = new Uint32Array(KINDS.length);
function countsOf(classes, before, i, end) {
  tally.fill(0);
  const first = Math.ceil(i / BLOCK), last = Math.floor(end / BLOCK);
  if (last > first) {
    for (let j = 0; j < tally.length; j++) tally[j] = before[j][last] - before[j][first];
    for (; i < first * BLOCK; i++) tally[classes[i]]++;
    i = last * BLOCK;
  }
  for (; i < end; i++) tally[classes[i]]++;
}

// The first place whose time is t or later.
function at(times, t) {
  let lo = 0, hi = times.length;
  while (lo < hi) { const middle = (lo + hi) >> 1; if (times[middle] < t) lo = middle + 1; else hi = middle; }
  return lo;
}

// The same from place i on: a search that goes on from the last column is much cheaper than one from scratch.
function next(times, t, i) {
  if (i >= times.length || times[i] >= t) return i;
  let step = 1;
  while (i + step < times.length && times[i + step] < t) { i += step; step *= 2; }
  let lo = i, hi = Math.min(times.length, i + step);
  while (lo < hi) { const middle = (lo + hi) >> 1; if (times[middle] < t) lo = middle + 1; else hi = middle; }
  return lo;
}

// What each pixel column of a strip has to show; a strip and its latency ask for the same.
function columns(lane) {
  const w = Math.ceil(width), due = lane.due, key = `${view} ${w}`;
  if (due.key === key) return due.columns;
  const edges = new Uint32Array(w + 1), tallies = new Uint32Array(w * KINDS.length), dt = (view[1] - view[0]) / width;
  let i = (edges[0] = at(due, view[0]));
  for (let x = 0; x < w; x++) {
    const end = (edges[x + 1] = next(due, Math.min(view[1], view[0] + (x + 1) * dt), i));
    if (end > i) {
      countsOf(lane.classes, lane.counts, i, end);
      for (let k = 0; k < KINDS.length; k++) tallies[x * KINDS.length + k] = tally[k];
    }
    i = end;
  }
  due.key = key;
  return (due.columns = { w, edges, tallies });
}

const us = (code) => (code < 32768 ? code * 100 : 3276800 + (code - 32768) * 2000);
