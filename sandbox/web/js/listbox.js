/** A list to pick from that opens beside a control: choices, selects, members. */

import { byId, h, icon } from "./dom.js";

/**
 * @typedef {{value: string, label: string, description?: string, leading?: () => Node}} Entry
 * @typedef {{
 *   anchor: HTMLElement, label: string, entries: Entry[], chosen?: string[], isMenu?: boolean,
 *   most?: number, least?: number, onDone: (values: string[]) => void, onCancel?: () => void,
 * }} ListboxSettings `most` over 1 lets one pick several, which closing confirms; `isMenu` for acts in place of values
 */

const FILTER_FROM_ENTRIES = 9;
let closeOpenOne = () => {};

/** @param {ListboxSettings} settings */
export function openListbox(settings) {
  closeOpenOne();
  const several = (settings.most ?? 1) > 1;
  const chosen = new Set(settings.chosen ?? []);
  let entries = settings.entries;
  let active = Math.max(
    0,
    entries.findIndex((entry) => chosen.has(entry.value)),
  );
  const list = h("div", {
    class: "listbox-list",
    role: settings.isMenu ? "menu" : "listbox",
    id: "listbox-list",
    tabindex: "-1",
    "aria-label": settings.label,
    "aria-multiselectable": several ? "true" : null,
  });
  const filter =
    settings.entries.length >= FILTER_FROM_ENTRIES
      ? h("input", {
          class: "listbox-filter",
          type: "text",
          placeholder: "Search",
          role: "combobox",
          "aria-expanded": "true",
          "aria-controls": "listbox-list",
          "aria-autocomplete": "list",
          "aria-label": `Search ${settings.label}`,
        })
      : null;
  const done = several
    ? h(
        "button",
        { type: "button", class: "button is-primary listbox-done", onclick: () => finish([...chosen]) },
        "Done",
      )
    : null;
  const box = h("div", { class: "listbox" }, filter, list, done);
  const least = settings.least ?? 0;

  const draw = () => {
    list.replaceChildren(...entries.map((entry, index) => row(entry, index)));
    if (!entries.length) list.append(h("div", { class: "listbox-none" }, "Nothing fits."));
    if (done) done.disabled = chosen.size < least;
    mark();
  };
  /** @param {Entry} entry @param {number} index */
  const row = (entry, index) => {
    const on = chosen.has(entry.value);
    return h(
      "div",
      {
        class: `listbox-option ${index === active ? "is-active" : ""}`,
        id: `listbox-option-${index}`,
        role: settings.isMenu ? "menuitem" : "option",
        "aria-selected": settings.isMenu ? null : String(on),
        onclick: () => pick(index),
        onpointermove: () => index !== active && ((active = index), mark()),
      },
      entry.leading?.(),
      h(
        "span",
        { class: "listbox-text" },
        h("span", null, entry.label),
        entry.description ? h("small", null, entry.description) : null,
      ),
      on ? icon("check") : null,
    );
  };
  const mark = () => {
    [...list.children].forEach((child, index) => child.classList.toggle("is-active", index === active));
    list.children[active]?.scrollIntoView({ block: "nearest" });
    (filter ?? list).setAttribute("aria-activedescendant", entries.length ? `listbox-option-${active}` : "");
  };
  /** @param {number} index */
  const pick = (index) => {
    const entry = entries[index];
    if (!entry) return;
    if (!several) return finish(chosen.has(entry.value) && settings.least === 0 ? [] : [entry.value]);
    if (chosen.has(entry.value)) chosen.delete(entry.value);
    else if (chosen.size < (settings.most ?? 1)) chosen.add(entry.value);
    active = index;
    draw();
  };
  const close = () => {
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", cancel);
    box.remove();
    settings.anchor.setAttribute("aria-expanded", "false");
    closeOpenOne = () => {};
  };
  /** @param {string[]} values */
  const finish = (values) => {
    close();
    settings.anchor.focus();
    settings.onDone(values);
  };
  const cancel = () => {
    close();
    const before = settings.chosen ?? [];
    const changed = several && (chosen.size !== before.length || before.some((value) => !chosen.has(value)));
    if (changed && chosen.size >= least) settings.onDone([...chosen]);
    else settings.onCancel?.();
  };
  /** @param {PointerEvent} event */
  const outside = (event) => {
    if (
      !box.contains(/** @type {Node} */ (event.target)) &&
      !settings.anchor.contains(/** @type {Node} */ (event.target))
    )
      cancel();
  };
  box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const steps = /** @type {Record<string, number>} */ ({
      ArrowDown: 1,
      ArrowUp: -1,
      Home: -active,
      End: entries.length - 1 - active,
    });
    if (event.key in steps) active = (active + steps[event.key] + entries.length) % Math.max(1, entries.length);
    else if (event.target === done && (event.key === "Enter" || event.key === " ")) return;
    else if (event.key === "Enter" || (event.key === " " && !filter)) pick(active);
    else if (event.key === "Tab" && done && event.target !== done && !event.shiftKey && !done.disabled) done.focus();
    else if (event.key === "Escape" || event.key === "Tab") {
      cancel();
      settings.anchor.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
    mark();
  });
  filter?.addEventListener("input", () => {
    const wanted = filter.value.toLowerCase();
    entries = settings.entries.filter((entry) => entry.label.toLowerCase().includes(wanted));
    active = 0;
    draw();
  });
  draw();
  byId("overlays").append(box);
  placeBeside(box, settings.anchor);
  settings.anchor.setAttribute("aria-expanded", "true");
  (filter ?? list).focus();
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("resize", cancel);
  closeOpenOne = cancel;
}

/** Put a floating box below its anchor, or above where there is more room. @param {HTMLElement} box @param {HTMLElement} anchor */
export function placeBeside(box, anchor) {
  const gap = 6;
  const around = anchor.getBoundingClientRect();
  box.style.minWidth = `${Math.min(Math.max(around.width, 180), innerWidth - 16)}px`;
  const below = innerHeight - around.bottom - gap * 2;
  const above = around.top - gap * 2;
  const upwards = below < Math.min(box.offsetHeight, 260) && above > below;
  box.style.maxHeight = `${Math.min(upwards ? above : below, 380)}px`;
  box.style.left = `${Math.max(8, Math.min(around.left, innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = upwards ? `${around.top - gap - box.offsetHeight}px` : `${around.bottom + gap}px`;
}
