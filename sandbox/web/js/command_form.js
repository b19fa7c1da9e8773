/** A picked command with its options as pills to fill in. */

import { api } from "./api.js";
import { ATTACHMENT, freeOptionFor } from "./command_catalog.js";
import { h, icon, iconButton } from "./dom.js";
import { optionControl } from "./option_controls.js";
import { BadValueError, optionValue } from "./option_values.js";

/** @typedef {import("./command_catalog.js").Entry} Entry @typedef {import("./command_catalog.js").Option} Option */
/** @typedef {Map<string, string | File>} Values text as typed or the value picked, or a file */

export class CommandForm {
  /**
   * @param {Entry} entry
   * @param {Values} values
   * @param {{onCancel: () => void, onEmptied: () => void, suggest: (options: Record<string, unknown>, focused: string) => Promise<any[]>}} acts
   */
  constructor(entry, values, acts) {
    this.entry = entry;
    this.acts = acts;
    this.values = values;
    /** @type {Map<string, string>} names of picked suggestions by their value */
    this.names = new Map();
    this.pills = h("div", { class: "pills" });
    this.more = h("div", { class: "more-options" });
    this.send = h(
      "button",
      { type: "submit", class: "button is-primary send-button" },
      h("span", null, "Send"),
      icon("send"),
    );
    this.element = h(
      "div",
      { class: "command-form" },
      h(
        "div",
        { class: "command-head" },
        h("span", { class: "command-name" }, `/${entry.path}`),
        h("span", { class: "command-description" }, entry.description),
        iconButton("Cancel this command", "close", acts.onCancel),
      ),
      this.pills,
      h("div", { class: "command-foot" }, this.more, this.send),
    );
    for (const option of entry.options) if (option.required && !values.has(option.name)) values.set(option.name, "");
    const first = this.#firstText();
    if (first && !values.has(first.name)) values.set(first.name, "");
    this.draw();
  }

  /** The first option, where one can type in it; the form opens with it. */
  #firstText() {
    return this.entry.options.find((option) => option.type === 3 && !option.choices?.length);
  }

  /** @param {string} [focused] the option to go on with */
  draw(focused) {
    const shown = this.entry.options.filter((option) => this.values.has(option.name));
    this.pills.replaceChildren(...shown.map((option) => this.#pill(option, option === this.#firstText())));
    this.#drawMore();
    if (focused) this.focus(focused);
  }

  /** @param {Option} option @param {boolean} wide */
  #pill(option, wide) {
    const control = optionControl(option, this.values.get(option.name) ?? "", {
      wide,
      set: (value) => this.values.set(option.name, value),
      suggest: (text) => this.acts.suggest({ ...this.#given(), [option.name]: text }, option.name),
      nameOf: (value) => this.names.get(value) ?? value,
      rename: (value, name) => void this.names.set(value, name),
      leaveBackwards: () => this.#removeAndStepBack(option),
      chooseFile: (file) => (this.values.set(option.name, file), this.draw(option.name)),
    });
    const remove = option.required
      ? null
      : iconButton(`Remove ${option.name}`, "close", () => this.#remove(option), "pill-remove");
    const id = `option-${option.name}`;
    control.id = id;
    return h(
      "div",
      {
        class: `pill ${wide ? "is-wide" : ""} ${option.type === ATTACHMENT ? "is-file" : ""}`,
        dataset: { option: option.name },
        title: option.description,
      },
      h("label", { class: "pill-name", for: id }, option.name),
      control,
      remove,
    );
  }

  /** @param {Option} option */
  #remove(option) {
    this.values.delete(option.name);
    this.draw();
    this.focus();
  }

  /** Backspace in an empty value takes the pill away, as in a text. @param {Option} option */
  #removeAndStepBack(option) {
    const shown = this.entry.options.filter((each) => this.values.has(each.name));
    const previous = shown[shown.indexOf(option) - 1];
    if (option.required || option === this.#firstText()) {
      if (shown.every((each) => !this.values.get(each.name))) this.acts.onEmptied();
      return;
    }
    this.values.delete(option.name);
    this.draw(previous?.name);
    if (!previous) this.focus();
  }

  #drawMore() {
    /** @type {Set<string>} */
    const stems = new Set();
    const open = this.entry.options.filter((option) => {
      if (this.values.has(option.name)) return false;
      const stem = option.name.replace(/\d+$/, ""); // of reference1 to reference8 the next free one is enough
      if (stem !== option.name && stems.has(stem)) return false;
      stems.add(stem);
      return true;
    });
    this.more.replaceChildren(
      ...open.map((option) =>
        h(
          "button",
          {
            type: "button",
            class: "option-chip",
            title: option.description,
            "aria-label": `Add ${option.name}: ${option.description}`,
            onclick: () => this.#add(option),
          },
          icon(option.type === ATTACHMENT ? "clip" : "plus"),
          option.name,
        ),
      ),
    );
  }

  /** @param {Option} option */
  #add(option) {
    this.values.set(option.name, "");
    this.draw(option.name);
    this.#control(option.name)?.click(); // lists and file dialogs open at once
  }

  /** @param {string} name @returns {HTMLElement | null} */
  #control(name) {
    return this.pills.querySelector(`#${CSS.escape(`option-${name}`)}`);
  }

  /** Go to the first value; where it is one of a list, the list opens at once. */
  begin() {
    this.focus();
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && focused.ariaHasPopup === "listbox") focused.click();
  }

  /** @param {string} [name] without one: the first that is empty, else the first, else Send */
  focus(name) {
    const empty = this.entry.options.find((option) => this.values.get(option.name) === "");
    const wanted = name ?? empty?.name ?? this.entry.options.find((option) => this.values.has(option.name))?.name;
    const control = /** @type {any} */ (wanted ? this.#control(wanted) : this.send);
    control?.focus();
    control?.setSelectionRange?.(control.value.length, control.value.length);
  }

  /** Put each file into the next free option that suits it. @param {File[]} files @returns {File[]} those without a place */
  takeFiles(files) {
    const left = files.filter((file) => {
      const taken = new Set([...this.values].filter(([, value]) => value !== "").map(([name]) => name));
      const option = freeOptionFor(this.entry, taken, file);
      if (option) this.values.set(option.name, file);
      return !option;
    });
    this.draw();
    this.focus(this.#firstText()?.name);
    return left;
  }

  /** @returns {Record<string, unknown>} what is filled in besides files; what is half typed is left out */
  #given() {
    /** @type {Record<string, unknown>} */
    const given = {};
    for (const option of this.entry.options) {
      const value = this.values.get(option.name);
      if (typeof value !== "string" || !value) continue;
      try {
        given[option.name] = optionValue(option, value);
      } catch (error) {
        if (!(error instanceof BadValueError)) throw error;
      }
    }
    return given;
  }

  /**
   * Check everything and upload the files.
   * @param {string} userId
   * @returns {Promise<Record<string, unknown>>} raises `BadValueError`, or what the upload was refused for
   */
  async options(userId) {
    const filled = this.entry.options.filter((option) => this.values.get(option.name));
    for (const option of this.entry.options) {
      if (option.required && !this.values.get(option.name))
        throw new BadValueError(option.name, `${option.name} is required: ${option.description}.`);
    }
    /** @type {Record<string, unknown>} */
    const options = {};
    for (const option of filled) {
      const value = this.values.get(option.name);
      if (typeof value === "string") options[option.name] = optionValue(option, value);
    }
    for (const option of filled) {
      const value = this.values.get(option.name);
      if (value instanceof File) options[option.name] = (await api.upload(userId, [value]))[0].upload_id;
    }
    return options;
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.send.disabled = busy;
    this.send.classList.toggle("is-waiting", busy);
  }

  /** Mark the option a refusal is about. @param {string | null} name */
  mark(name) {
    for (const pill of this.pills.children)
      pill.classList.toggle("is-wrong", /** @type {HTMLElement} */ (pill).dataset.option === name);
    if (name && this.values.has(name)) this.focus(name);
  }
}
