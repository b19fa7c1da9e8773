/** The list of commands above the composer while one types `/…`. */

import { matching } from "./command_catalog.js";
import { byId, h } from "./dom.js";
import { avatar } from "./people.js";
import { store } from "./store.js";

const SHOWN = 8;

export class CommandPicker {
  /** @param {HTMLTextAreaElement} input @param {(entry: import("./command_catalog.js").Entry) => void} onPick */
  constructor(input, onPick) {
    this.input = input;
    this.onPick = onPick;
    this.box = byId("picker");
    /** @type {import("./command_catalog.js").Entry[]} */
    this.entries = [];
    this.active = 0;
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** Show what fits the text, or nothing. @param {string} text */
  update(text) {
    const typed = /^\/([\w -]*)$/.exec(text);
    if (!typed) return this.close();
    this.entries = matching(typed[1]).slice(0, SHOWN);
    if (!this.entries.length && typed[1].includes(" ")) return this.close(); // the name is done, what follows are options
    this.active = 0;
    this.#draw();
  }

  #draw() {
    const rows = this.entries.map((entry, index) =>
      h(
        "div",
        {
          class: `picker-row ${index === this.active ? "is-active" : ""}`,
          role: "option",
          id: `picker-${index}`,
          "aria-selected": index === this.active ? "true" : "false",
          onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), // the text keeps the focus
          onclick: () => this.onPick(entry),
        },
        avatar(store.world.bot, "small"),
        h("span", { class: "picker-name" }, `/${entry.path}`),
        h(
          "span",
          { class: "picker-options", "aria-hidden": "true" },
          entry.options.slice(0, 3).map((option) => h("span", null, option.name)),
          entry.options.length > 3 ? `+${entry.options.length - 3}` : null,
        ),
        h("span", { class: "picker-description" }, entry.description),
      ),
    );
    const none = store.world.bot_connected
      ? "No command fits."
      : "The bot is not connected yet; its commands come when it is.";
    this.box.replaceChildren(
      h(
        "div",
        { class: "picker-head" },
        this.entries.length ? "Commands" : none,
        this.entries.length
          ? h(
              "span",
              { class: "picker-keys", "aria-hidden": "true" },
              h("kbd", null, "↑"),
              h("kbd", null, "↓"),
              " to choose, ",
              h("kbd", null, "Tab"),
              " or ",
              h("kbd", null, "Enter"),
              " to take",
            )
          : null,
      ),
      h("div", { role: "listbox", id: "picker-list", "aria-label": "Commands" }, rows),
    );
    this.box.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-activedescendant", `picker-${this.active}`);
  }

  close() {
    this.box.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was meant for the list */
  takeKey(event) {
    if (!this.isOpen) return false;
    const count = this.entries.length;
    if (!count) return false;
    if (event.key === "Escape") this.close();
    else if (event.key === "ArrowDown") this.active = (this.active + 1) % count;
    else if (event.key === "ArrowUp") this.active = (this.active + count - 1) % count;
    else if (event.key === "Enter" || event.key === "Tab") this.onPick(this.entries[this.active]);
    else return false;
    event.preventDefault();
    if (this.isOpen) this.#draw();
    return true;
  }
}
