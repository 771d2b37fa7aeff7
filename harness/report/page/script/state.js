// What the page shows now. Times are microseconds since the trial's zero; the view is [from, to].
const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const stage = $('#stage'), rows = $('#rows'), over = $('#over'), map = $('#map'), labels = $('#labels');
const KINDS = ['good', 'slow', 'no-answer', 'cut-off', 'status', 'own'];
const FONT = '11px system-ui,"DejaVu Sans",sans-serif', SMALL = '9px system-ui,"DejaVu Sans",sans-serif';
const BLOCK = 64, LEAST = 500, MAP = 20, AXIS = 22, NARROW = 700, GUTTER = 216;
let trial = null, place = -1, view = [0, 1], full = [0, 1], flags = [], cursor = null, drag = null;
let width = 0, gutter = 0, height = 0, dpr = 1, ink = {}, shown = [], printing = false, wanted = 0, later = 0;
const loaded = new Map();
