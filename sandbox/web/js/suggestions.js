/** A line of text with the bot's suggestions in a list above or below it. */

import { byId, h } from "./dom.js";
import { placeBeside } from "./listbox.js";

const SUGGEST_AFTER_MS = 150;
let made = 0;

/** @typedef {{name: string, value: string | number}} Suggestion */

/**
 * @param {HTMLInputElement} line
 * @param {string} label
 * @param {(text: string) => Promise<Suggestion[]>} suggest
 * @param {(picked: Suggestion) => void} onPick
 */
export function suggestOn(line, label, suggest, onPick) {
  const listId = `suggestions-${(made += 1)}`;
  /** @type {HTMLElement | null} */
  let box = null;
  /** @type {Suggestion[]} */
  let choices = [];
  let active = 0;
  let asked = 0;
  let timer = 0;
  let pickedName = line.value || null; // which asks for nothing more

  const close = () => {
    asked += 1; // an answer on its way is not wanted any more
    clearTimeout(timer);
    box?.remove();
    box = null;
    line.setAttribute("aria-expanded", "false");
    line.removeAttribute("aria-activedescendant");
  };
  const ask = async () => {
    const question = (asked += 1);
    const found = await suggest(line.value).catch(() => []);
    if (question !== asked || document.activeElement !== line) return;
    choices = found;
    active = 0;
    draw();
  };
  /** @param {number} index */
  const pick = (index) => {
    const picked = choices[index];
    close();
    line.value = pickedName = picked.name;
    onPick(picked);
  };
  const draw = () => {
    box?.remove();
    const rows = choices.map((choice, index) =>
      h(
        "div",
        {
          class: `listbox-option ${index === active ? "is-active" : ""}`,
          role: "option",
          id: `${listId}-${index}`,
          "aria-selected": String(index === active),
          onpointerdown: (/** @type {Event} */ event) => (event.preventDefault(), pick(index)),
        },
        choice.name,
      ),
    );
    const list = h(
      "div",
      { class: "listbox-list", role: "listbox", id: listId, "aria-label": `Suggestions for ${label}` },
      rows,
    );
    if (!rows.length) list.append(h("div", { class: "listbox-none" }, "No suggestion fits."));
    const drawn = h("div", { class: "listbox" }, list);
    box = drawn;
    byId("overlays").append(drawn);
    placeBeside(drawn, /** @type {HTMLElement} */ (line.closest("#composer-card") ?? line)); // not over the other options
    line.setAttribute("aria-expanded", "true");
    if (rows.length) line.setAttribute("aria-activedescendant", `${listId}-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  };

  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
  }))
    line.setAttribute(name, value);
  line.addEventListener("focus", () => line.value !== pickedName && ask());
  line.addEventListener("blur", close);
  line.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(ask, SUGGEST_AFTER_MS);
  });
  line.addEventListener("keydown", (event) => {
    if (!box) return;
    if (event.key === "Escape") close();
    else if (!choices.length) return;
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + choices.length) % choices.length;
      draw();
    } else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) pick(active);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
