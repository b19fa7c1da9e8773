/** Selects of every kind, in messages and in modals. */

import { iconOf, kindOf } from "./channels.js";
import { h, icon } from "./dom.js";
import { openListbox } from "./listbox.js";
import { avatar } from "./people.js";
import { store } from "./store.js";

const STRING = 3;
const USER = 5;
const ROLE = 6;
const MENTIONABLE = 7;
const CHANNEL = 8;
export const SELECT_TYPES = [STRING, USER, ROLE, MENTIONABLE, CHANNEL];

/** @param {any} component @returns {import("./listbox.js").Entry[]} */
function entriesOf(component) {
  if (component.type === STRING) {
    return component.options.map((/** @type {any} */ option) => ({
      value: option.value,
      label: option.label,
      description: option.description,
      leading: option.emoji?.name ? () => h("span", { class: "emoji" }, option.emoji.name) : undefined,
    }));
  }
  const guild = store.guild;
  const people = (guild?.members ?? []).map((member) => ({
    value: member.user_id,
    label: member.display_name,
    leading: () => avatar({ id: member.user_id, name: member.display_name, bot: member.bot }, "small"),
  }));
  const roles = (guild?.roles ?? []).map((role) => ({
    value: role.id,
    label: role.name,
    leading: () => icon("people"),
  }));
  if (component.type === USER) return people;
  if (component.type === ROLE) return roles;
  if (component.type === MENTIONABLE) return [...people, ...roles];
  const kinds = component.channel_types;
  const here = store.channelsHere();
  return here
    .filter((channel) => !kinds?.length || kinds.includes(channel.type))
    .map((channel) => ({
      value: channel.id,
      label: channel.name,
      leading: () => icon(iconOf(kindOf(channel, here))),
    }));
}

/** @param {any} component @returns {string[]} what the bot picked beforehand */
export function chosenBefore(component) {
  if (component.type === STRING)
    return component.options
      .filter((/** @type {any} */ option) => option.default)
      .map((/** @type {any} */ option) => option.value);
  return (component.default_values ?? []).map((/** @type {any} */ entry) => entry.id);
}

/**
 * @param {any} component
 * @param {(values: string[]) => void} onPick
 * @param {{label?: string, disabled?: boolean}} [settings]
 * @returns {HTMLButtonElement}
 */
export function selectControl(component, onPick, settings = {}) {
  const entries = entriesOf(component);
  let chosen = chosenBefore(component);
  const text = h("span", { class: "select-text" });
  const label = settings.label ?? component.placeholder ?? "Make a selection";
  const show = () => {
    const names = entries.filter((entry) => chosen.includes(entry.value)).map((entry) => entry.label);
    text.textContent = names.join(", ") || component.placeholder || "Make a selection";
    text.classList.toggle("is-placeholder", !names.length);
    control.setAttribute("aria-label", `${label}: ${names.join(", ") || "nothing selected"}`);
  };
  const control = h(
    "button",
    {
      type: "button",
      class: "select",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      disabled: settings.disabled ?? component.disabled,
      dataset: { customId: component.custom_id },
      onclick: () =>
        openListbox({
          anchor: control,
          label,
          entries,
          chosen,
          least: component.min_values ?? 1,
          most: component.max_values ?? 1,
          onDone: (values) => {
            chosen = values;
            show();
            onPick(values);
          },
        }),
    },
    text,
    icon("chevron"),
  );
  show();
  return control;
}
