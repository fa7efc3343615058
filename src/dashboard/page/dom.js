// Small helpers. Everything that is shown goes through textContent: nothing that a client named can become markup.

const SVG = 'http://www.w3.org/2000/svg';

export const byId = (id) => document.getElementById(id);

/** An element. Attributes that are undefined or false are left out; `on...` are listeners. */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An element of SVG. */
export function s(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== ''));
  return element;
}

/** Sets a text, and touches nothing where it is the same: what is selected stays so. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/**
 * Brings the children of an element into line with a list, each item by its key: what was there stays the same element, so
 * that focus and selection stay where they are.
 */
export function list(parent, items, { keyOf, make, update }) {
  const known = (parent.knownRows ??= new Map());
  const wanted = new Set();
  const focused = document.activeElement;
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    wanted.add(key);
    let row = known.get(key);
    if (!row) known.set(key, (row = make(item)));
    update(row, item);
    if (row === at) at = at.nextElementSibling;
    else parent.insertBefore(row, at);
  }
  for (const [key, row] of known) {
    if (wanted.has(key)) continue;
    row.remove();
    known.delete(key);
  }
  // What is moved loses it.
  if (focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}

/** 0.18 ms, 12.4 ms, 1.20 s: three digits. */
export function ms(value) {
  if (value === undefined || value === null) return '–';
  if (value >= 3_600_000) return `${three(value / 3_600_000)} h`;
  if (value >= 60_000) return `${three(value / 60_000)} min`;
  if (value >= 1000) return `${three(value / 1000)} s`;
  return value === 0 ? '0 ms' : `${three(value)} ms`;
}

export function percent(part) {
  if (part === undefined || part === null) return '–';
  return part > 0 && part < 1 ? `${(part * 100).toFixed(1)} %` : `${part * 100} %`;
}

export function three(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function count(value) {
  if (value >= 1e6) return `${three(value / 1e6)} M`;
  return value >= 1e4 ? `${three(value / 1e3)} k` : String(value);
}

export function bytes(value) {
  if (value >= 2 ** 20) return `${three(value / 2 ** 20)} MiB`;
  return value >= 1024 ? `${three(value / 1024)} KiB` : `${value} B`;
}

export function clock(at) {
  return new Date(at).toTimeString().slice(0, 8);
}

/** 5 s, 12 min, 3 h */
export function seconds(value) {
  const size = Math.abs(value);
  if (size < 120) return `${Math.round(value)} s`;
  return size < 7200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3600)} h`;
}
