/** Builds DOM nodes. Text always becomes a text node, so nothing anybody wrote is ever read as markup. */

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, any>} Props attributes; `on…` functions become listeners, `class` and `dataset` work as named
 */

/**
 * Create an element.
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {any} the element (typed loosely, callers know what they made)
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "style") for (const [key, entry] of Object.entries(value)) element.style.setProperty(key, entry);
    else if (name === "value") /** @type {HTMLInputElement} */ (element).value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

/** @param {Node} parent @param {(Child | Child[])[]} children */
export function append(parent, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * A drawn icon; the drawings are `<template id="icon-…">` in index.html.
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(`icon-${name}`));
  return /** @type {SVGElement} */ (template.content.firstElementChild?.cloneNode(true));
}

/** @param {string} label @param {string} iconName @param {(event: Event) => void} onclick @param {string} [extraClass] */
export function iconButton(label, iconName, onclick, extraClass = "") {
  return h(
    "button",
    { type: "button", class: `icon-button ${extraClass}`, "aria-label": label, title: label, onclick },
    icon(iconName),
  );
}

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** Keep Tab within an open dialog. @param {HTMLElement} dialog @param {KeyboardEvent} event */
export function keepFocusInside(dialog, event) {
  if (event.key !== "Tab") return;
  const stops = /** @type {HTMLElement[]} */ ([
    ...dialog.querySelectorAll("button, input, textarea, select, a[href], [tabindex='0']"),
  ]).filter((stop) => !(/** @type {any} */ (stop).disabled) && stop.offsetParent !== null);
  const first = stops[0];
  const last = stops[stops.length - 1];
  if (!first) return;
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}
