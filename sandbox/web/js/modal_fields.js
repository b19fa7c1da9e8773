/** The inputs a modal can hold. */

import { api } from "./api.js";
import { h } from "./dom.js";
import { FileTray } from "./file_tray.js";
import { SELECT_TYPES, chosenBefore, selectControl } from "./selects.js";

const TEXT_INPUT = 4;
const FILE_UPLOAD = 19;
const RADIO_GROUP = 21;
const CHECKBOX_GROUP = 22;
const CHECKBOX = 23;
const PARAGRAPH = 2;
const LONGEST_TEXT = 4000;

/**
 * @typedef {{
 *   id: string, customId: string, element: HTMLElement, labelsItself?: boolean,
 *   problem: () => string | null, value: (userId: string) => unknown,
 * }} Field `value` may be a promise (files are uploaded then); undefined leaves what the modal opened with
 */

/** @param {any} component @param {string} label @returns {Field} */
export function modalField(component, label) {
  const base = { id: `field-${component.custom_id}`, customId: component.custom_id };
  const required = component.required !== false;
  if (component.type === TEXT_INPUT) return textField(component, label, base, required);
  if (component.type === FILE_UPLOAD) return fileField(component, label, base, required);
  if (component.type === RADIO_GROUP || component.type === CHECKBOX_GROUP)
    return groupField(component, label, base, required);
  if (component.type === CHECKBOX) {
    const box = h("input", { type: "checkbox", id: base.id, checked: component.default });
    return { ...base, element: box, problem: () => null, value: () => box.checked };
  }
  if (SELECT_TYPES.includes(component.type)) return selectField(component, label, base, required);
  return {
    ...base,
    element: h("p", null, `This page cannot draw component type ${component.type} yet.`),
    problem: () => null,
    value: () => undefined,
  };
}

/** @param {any} component @param {string} label @param {{id: string, customId: string}} base @param {boolean} required @returns {Field} */
function textField(component, label, base, required) {
  const most = component.max_length ?? LONGEST_TEXT;
  const least = component.min_length ?? 0;
  const props = {
    id: base.id,
    class: "text-input",
    placeholder: component.placeholder,
    maxlength: most,
    value: component.value ?? "",
    rows: 5,
    "aria-required": required ? "true" : null,
  };
  const input =
    component.style === PARAGRAPH ? h("textarea", props) : h("input", { ...props, rows: null, type: "text" });
  const count = h("span", { class: "field-count", "aria-hidden": "true" });
  const show = () => (count.textContent = `${input.value.length.toLocaleString()} / ${most.toLocaleString()}`);
  input.addEventListener("input", show);
  show();
  const problem = () => {
    if (required && !input.value.trim()) return `${label} is required.`;
    return input.value && input.value.length < least ? `${label} needs at least ${least} characters.` : null;
  };
  return { ...base, element: h("div", { class: "field-box" }, input, count), problem, value: () => input.value };
}

/** @param {any} component @param {string} label @param {{id: string, customId: string}} base @param {boolean} required @returns {Field} */
function fileField(component, label, base, required) {
  const least = component.min_values ?? 1;
  const tray = new FileTray({ most: component.max_values ?? 1, inputId: base.id });
  const problem = () => {
    if (!tray.files.length && !required) return null;
    return tray.files.length < least ? `${label} needs ${least === 1 ? "a file" : `at least ${least} files`}.` : null;
  };
  /** @param {string} userId */
  const value = async (userId) => {
    if (!tray.files.length) return [];
    return (await api.upload(userId, tray.files)).map((upload) => upload.upload_id);
  };
  return { ...base, element: tray.element, problem, value };
}

/** @param {any} component @param {string} label @param {boolean} required @param {number} count of what is picked @returns {string | null} */
function countProblem(component, label, required, count) {
  if (!count) return required && (component.min_values ?? 1) > 0 ? `${label} is required.` : null;
  const least = component.min_values ?? 1;
  const most = component.max_values ?? Infinity;
  if (count < least) return `${label} needs at least ${least} choices.`;
  return count > most ? `${label} takes at most ${most} choices.` : null;
}

/** @param {any} component @param {string} label @param {{id: string, customId: string}} base @param {boolean} required @returns {Field} */
function selectField(component, label, base, required) {
  let chosen = chosenBefore(component);
  const control = selectControl(
    { ...component, placeholder: component.placeholder ?? "Make a selection" },
    (values) => {
      chosen = values;
      control.dispatchEvent(new Event("input", { bubbles: true }));
    },
    { label },
  );
  control.id = base.id;
  return {
    ...base,
    element: control,
    problem: () => countProblem(component, label, required, chosen.length),
    value: () => chosen,
  };
}

/** @param {any} component @param {string} label @param {{id: string, customId: string}} base @param {boolean} required @returns {Field} */
function groupField(component, label, base, required) {
  const single = component.type === RADIO_GROUP;
  const inputs = component.options.map((/** @type {any} */ option) =>
    h("input", { type: single ? "radio" : "checkbox", name: base.id, value: option.value, checked: option.default }),
  );
  const lines = component.options.map((/** @type {any} */ option, /** @type {number} */ index) =>
    h(
      "label",
      { class: "check-line" },
      inputs[index],
      h("span", null, option.label, option.description ? h("small", null, option.description) : null),
    ),
  );
  const picked = () =>
    inputs
      .filter((/** @type {HTMLInputElement} */ input) => input.checked)
      .map((/** @type {HTMLInputElement} */ input) => input.value);
  const problem = () => countProblem(single ? {} : component, label, required, picked().length);
  return {
    ...base,
    labelsItself: true,
    element: h("div", { class: "check-group" }, lines),
    problem,
    value: () => (single ? picked()[0] : picked()),
  };
}
