/** One fault with its switch and, where it has any, its settings. */

import { h } from "./dom.js";

const NEW_FAULT = { route: "*", times: null, seconds: 1 };

/**
 * @param {string} group @param {string} name
 * @param {unknown} value as the control API gave it
 * @param {string | undefined} help what it does, in a few words
 * @param {(value: unknown) => void} change
 */
export function faultRow(group, name, value, help, change) {
  if (typeof value === "number" || typeof value === "string") return valueRow(group, name, value, help, change);
  const on = value !== null && value !== false;
  const id = `${group}-${name}`;
  const onValue = typeof value === "boolean" ? true : NEW_FAULT;
  const toggle = h("input", {
    type: "checkbox",
    role: "switch",
    class: "switch",
    id,
    checked: on,
    onchange: () => change(toggle.checked ? onValue : typeof value === "boolean" ? false : null),
  });
  const settings =
    on && value && typeof value === "object"
      ? settingsOf(id, /** @type {Record<string, any>} */ (value), change)
      : null;
  return h(
    "div",
    { class: `fault ${on ? "is-on" : ""}` },
    h("div", { class: "fault-line" }, nameAndHelp(id, name, help), toggle),
    settings,
  );
}

/** @param {string} name */
function inWords(name) {
  return name.replaceAll("_", " ");
}

/** @param {string} id @param {string} name @param {string | undefined} help */
function nameAndHelp(id, name, help) {
  return h("label", { for: id }, inWords(name), help ? h("small", null, help) : null);
}

/** @param {string} group @param {string} name @param {number | string} value @param {string | undefined} help @param {(value: unknown) => void} change */
function valueRow(group, name, value, help, change) {
  const id = `${group}-${name}`;
  const isNumber = typeof value === "number";
  const input = h("input", {
    id,
    class: "text-input is-small",
    type: isNumber ? "number" : "text",
    step: isNumber ? "any" : null,
    min: isNumber ? "0" : null,
    value,
    onchange: () => change(isNumber ? Number(input.value) : input.value),
  });
  return h(
    "div",
    { class: `fault ${value ? "is-on" : ""}` },
    h("div", { class: "fault-line" }, nameAndHelp(id, name, help), input),
  );
}

/** @param {string} id @param {Record<string, any>} value @param {(value: unknown) => void} change */
function settingsOf(id, value, change) {
  const inputs = Object.entries(value).map(([key, entry]) => {
    const isText = key === "route" || typeof entry === "string";
    const input = h("input", {
      id: `${id}-${key}`,
      class: "text-input is-small",
      type: isText ? "text" : "number",
      step: "any",
      value: entry ?? "",
      placeholder: key === "times" ? "always" : "",
    });
    input.addEventListener("change", () =>
      change({ ...value, [key]: isText ? input.value || "*" : input.value === "" ? null : Number(input.value) }),
    );
    return h("label", null, key, input);
  });
  return h("div", { class: "fault-settings" }, inputs);
}
