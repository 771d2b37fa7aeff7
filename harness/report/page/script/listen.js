// Mouse, touch, keys, theme, paper.
const DO = { fit: () => go(...full), fault: toFault, in: () => zoom(0.5), out: () => zoom(2), left: () => pan(-0.25), right: () => pan(0.25), bad: toBad };
const KEYS = { ArrowLeft: DO.left, ArrowRight: DO.right, '+': DO.in, '=': DO.in, '-': DO.out, 0: DO.fit, Home: DO.fit, f: toFault, n: toBad,
  PageUp: () => pan(-1), PageDown: () => pan(1), Escape: clean };
const touches = new Map();

function listen() {
  document.addEventListener('click', (e) => {
    const button = e.target.closest('button');
    if (!button || !trial) return;
    if (button.dataset.marks) jump(button);
    else if (button.dataset.do) DO[button.dataset.do]();
  });
  $('#trial').addEventListener('change', (e) => show(+e.target.value));
  $('#quiet').addEventListener('change', layout);
  $('#lines').addEventListener('toggle', () => { if (trial) listLines(); });
  stage.addEventListener('keydown', pressed);
  stage.addEventListener('wheel', wheeled, { passive: false });
  stage.addEventListener('pointerdown', down);
  stage.addEventListener('pointermove', moved);
  stage.addEventListener('pointerup', up);
  stage.addEventListener('pointercancel', up);
  stage.addEventListener('pointerleave', () => { if (!drag && trial) { cursor = null; drawOver(); } });
  stage.addEventListener('dblclick', (e) => { if (trial) zoom(3, T(e.clientX - stage.getBoundingClientRect().left)); });
  new ResizeObserver(() => { if (Math.abs(stage.clientWidth - gutter - width) > 1) layout(); }).observe(stage);
  matchMedia('(prefers-color-scheme:dark)').addEventListener('change', layout);
  addEventListener('beforeprint', () => paper(true));
  addEventListener('afterprint', () => paper(false));
}

function paper(now) {
  printing = now;
  document.documentElement.classList.toggle('printing', now);
  stage.style.width = now ? '712px' : ''; // A4 without its margins
  layout();
}

function pressed(e) {
  const action = KEYS[e.key];
  if (!action || !trial || e.ctrlKey || e.metaKey || e.altKey) return;
  action();
  e.preventDefault();
}

function wheeled(e) {
  if (!trial) return;
  const x = e.clientX - stage.getBoundingClientRect().left;
  if (e.ctrlKey) zoom(Math.exp(e.deltaY * 0.002), T(x));
  else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) pan((e.deltaX || e.deltaY) / width);
  else return;
  e.preventDefault();
}

function down(e) {
  if (!trial) return;
  const box = stage.getBoundingClientRect(), x = e.clientX - box.left;
  touches.set(e.pointerId, x);
  stage.setPointerCapture(e.pointerId);
  if (e.clientY - box.top < MAP) {
    const t = full[0] + ((x - gutter) / width) * (full[1] - full[0]), w = (view[1] - view[0]) / 2;
    go(t - w, t + w);
    drag = null;
    return;
  }
  drag = { x, now: x, from: [...view], pans: e.pointerType === 'touch' || e.shiftKey, moved: false };
}

function moved(e) {
  if (!trial) return;
  const x = e.clientX - stage.getBoundingClientRect().left;
  cursor = x >= gutter ? T(x) : null;
  if (touches.has(e.pointerId)) {
    if (touches.size === 2) pinch(e.pointerId, x);
    else if (drag) dragTo(x);
    touches.set(e.pointerId, x);
  }
  if (!wanted) drawOver();
}

function pinch(id, x) {
  const other = [...touches].find(([each]) => each !== id)[1], before = Math.abs(touches.get(id) - other), after = Math.abs(x - other);
  if (before > 8 && after > 8) zoom(before / after, T((x + other) / 2));
  drag = null;
}

function dragTo(x) {
  drag.now = x;
  drag.moved ||= Math.abs(x - drag.x) > 4;
  if (!drag.pans || !drag.moved) return;
  const d = ((drag.x - x) / width) * (drag.from[1] - drag.from[0]);
  go(drag.from[0] + d, drag.from[1] + d);
}

function up(e) {
  touches.delete(e.pointerId);
  const done = drag;
  drag = null;
  if (done && done.moved && !done.pans) go(T(Math.min(done.x, done.now)), T(Math.max(done.x, done.now)));
}

if (stage) {
  window.report = { // by which the page is measured
    tools: { at, KINDS, MAP, get ink() { return ink; }, get shown() { return shown; }, get gutter() { return gutter; } },
    set, draw, go, show, jump, get view() { return view; }, get full() { return full; }, get trial() { return trial; },
  };
  listen();
  show(+$('#trial').value);
}
