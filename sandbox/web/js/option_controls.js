/** The control inside one option's pill: text, number, list or file. */

import { ATTACHMENT, BOOLEAN, INTEGER, NUMBER, STRING, takesText } from "./command_catalog.js";
import { h, icon } from "./dom.js";
import { openListbox } from "./listbox.js";
import { entityChoices, shownValue } from "./option_values.js";
import { suggestOn } from "./suggestions.js";

/**
 * @typedef {{
 *   wide: boolean, set: (value: string) => void, suggest: (text: string) => Promise<{name: string, value: string | number}[]>,
 *   leaveBackwards: () => void, chooseFile: (file: File) => void,
 *   nameOf: (value: string) => string, rename: (value: string, name: string) => void,
 * }} ControlActs `nameOf` is how a value picked among suggestions is shown
 * @typedef {import("./command_catalog.js").Option} Option
 */

/** @param {Option} option @param {string | File} value @param {ControlActs} acts @returns {HTMLElement} */
export function optionControl(option, value, acts) {
  if (option.type === ATTACHMENT) return fileControl(option, value, acts);
  const text = typeof value === "string" ? value : "";
  if (option.choices?.length || ![STRING, INTEGER, NUMBER].includes(option.type))
    return listControl(option, text, acts);
  if (option.autocomplete) return suggestingControl(option, text, acts);
  return acts.wide ? promptControl(option, text, acts) : lineControl(option, text, acts);
}

/** @param {Option} option @param {string} text @param {ControlActs} acts */
function promptControl(option, text, acts) {
  const area = h("textarea", {
    class: "pill-text",
    rows: 1,
    value: text,
    placeholder: option.description,
    maxlength: option.max_length ?? 6000,
  });
  const grow = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  };
  area.addEventListener("input", () => {
    acts.set(area.value);
    grow();
  });
  onEmptyBackspace(area, acts);
  requestAnimationFrame(grow);
  return area;
}

/** @param {Option} option @param {string} text @param {ControlActs} acts */
function lineControl(option, text, acts) {
  const isNumber = option.type !== STRING;
  const range =
    isNumber && option.max_value !== undefined ? `${option.min_value ?? 0} to ${option.max_value}` : option.description;
  const line = h("input", {
    class: "pill-line",
    type: "text",
    inputmode: isNumber ? "numeric" : null,
    value: text,
    placeholder: range,
    size: Math.min(40, Math.max(isNumber ? 6 : 18, range.length)),
  });
  line.addEventListener("input", () => acts.set(line.value));
  onEmptyBackspace(line, acts);
  return line;
}

/** A line with suggestions from the bot: shows a suggestion's name, sends its value. @param {Option} option @param {string} text @param {ControlActs} acts */
function suggestingControl(option, text, acts) {
  const line = lineControl(option, acts.nameOf(text), acts);
  suggestOn(line, option.name, acts.suggest, (picked) => {
    acts.rename(String(picked.value), picked.name);
    acts.set(String(picked.value));
  });
  return line;
}

/** @param {HTMLInputElement | HTMLTextAreaElement} input @param {ControlActs} acts */
function onEmptyBackspace(input, acts) {
  input.addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key !== "Backspace" || input.value) return;
    event.preventDefault();
    acts.leaveBackwards();
  });
}

/** @param {Option} option @param {string} picked @param {ControlActs} acts */
function listControl(option, picked, acts) {
  const text = h("span", null, picked ? shownValue(option, picked) : "choose …");
  const control = h(
    "button",
    {
      type: "button",
      class: `pill-choice ${picked ? "" : "is-placeholder"}`,
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
    },
    text,
    icon("chevron"),
  );
  control.addEventListener("click", () =>
    openListbox({
      anchor: control,
      label: option.name,
      entries: entriesOf(option),
      chosen: picked ? [picked] : [],
      onDone: ([value]) => {
        picked = value;
        text.textContent = shownValue(option, value);
        control.classList.remove("is-placeholder");
        acts.set(value);
      },
    }),
  );
  onEmptyListBackspace(control, () => picked, acts);
  return control;
}

/** @param {HTMLElement} control @param {() => string} picked @param {ControlActs} acts */
function onEmptyListBackspace(control, picked, acts) {
  control.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !picked()) acts.leaveBackwards();
  });
}

/** @param {Option} option @returns {import("./listbox.js").Entry[]} */
function entriesOf(option) {
  if (option.choices?.length)
    return option.choices.map((choice) => ({ value: String(choice.value), label: choice.name }));
  if (option.type === BOOLEAN)
    return [
      { value: "true", label: "True" },
      { value: "false", label: "False" },
    ];
  return entityChoices(option);
}

/** @param {Option} option @param {string | File} value @param {ControlActs} acts */
function fileControl(option, value, acts) {
  const input = h("input", {
    type: "file",
    class: "file-input",
    accept: takesText(option) ? ".txt,text/plain" : "image/*",
    tabindex: "-1",
    "aria-hidden": "true",
    onchange: () => input.files[0] && acts.chooseFile(input.files[0]),
    onclick: (/** @type {Event} */ event) => event.stopPropagation(),
  });
  const shown =
    value instanceof File ? fileFace(value) : [icon("clip"), h("span", null, "choose, drop or paste a file")];
  return h(
    "button",
    { type: "button", class: `pill-choice ${value ? "" : "is-placeholder"}`, onclick: () => input.click() },
    shown,
    input,
  );
}

/** @param {File} file */
function fileFace(file) {
  if (!file.type.startsWith("image/")) return [icon("file"), h("span", null, file.name)];
  const address = URL.createObjectURL(file);
  return [
    h("img", { class: "pill-thumb", src: address, alt: "", onload: () => URL.revokeObjectURL(address) }),
    h("span", null, file.name),
  ];
}
