/** One fault with its switch and, where it has any, its settings. */

import { h } from "./dom.js";

const NEW_FAULT = { route: "*", times: null, seconds: 1 };

/** @param {string} group @param {string} name @param {unknown} value as the control API gave it @param {(value: unknown) => void} change */
export function faultRow(group, name, value, change) {
  if (typeof value === "number") return numberRow(group, name, value, change);
  if (typeof value === "string") return textRow(group, name, value, change);
  const on = value !== null && value !== false;
  const id = `${group}-${name}`;
  const onValue = typeof value === "boolean" ? true : NEW_FAULT;
  const toggle = h("input", { type: "checkbox", role: "switch", class: "switch", id, checked: on, onchange: () => change(toggle.checked ? onValue : typeof value === "boolean" ? false : null) });
  const settings = on && value && typeof value === "object" ? settingsOf(id, /** @type {Record<string, any>} */ (value), change) : null;
  return h("div", { class: `fault ${on ? "is-on" : ""}` }, h("div", { class: "fault-line" }, h("label", { for: id }, inWords(name)), toggle), settings);
}

/** @param {string} name */
function inWords(name) {
  return name.replaceAll("_", " ");
}

/** @param {string} group @param {string} name @param {number} value @param {(value: unknown) => void} change */
function numberRow(group, name, value, change) {
  const id = `${group}-${name}`;
  const input = h("input", { id, class: "text-input is-small", type: "number", step: "any", value, onchange: () => change(Number(input.value)) });
  return h("div", { class: `fault ${value ? "is-on" : ""}` }, h("div", { class: "fault-line" }, h("label", { for: id }, inWords(name)), input));
}

/** @param {string} group @param {string} name @param {string} value @param {(value: unknown) => void} change */
function textRow(group, name, value, change) {
  const id = `${group}-${name}`;
  const input = h("input", { id, class: "text-input is-small", type: "text", value, onchange: () => change(input.value) });
  return h("div", { class: `fault ${value ? "is-on" : ""}` }, h("div", { class: "fault-line" }, h("label", { for: id }, inWords(name)), input));
}

/** @param {string} id @param {Record<string, any>} value @param {(value: unknown) => void} change */
function settingsOf(id, value, change) {
  const inputs = Object.entries(value).map(([key, entry]) => {
    const isText = key === "route" || typeof entry === "string";
    const input = h("input", { id: `${id}-${key}`, class: "text-input is-small", type: isText ? "text" : "number", step: "any", value: entry ?? "", placeholder: key === "times" ? "always" : "" });
    input.addEventListener("change", () => change({ ...value, [key]: isText ? input.value || "*" : input.value === "" ? null : Number(input.value) }));
    return h("label", null, key, input);
  });
  return h("div", { class: "fault-settings" }, inputs);
}
