/** Turns what was typed or picked into what a command takes, or says what is wrong with it. */

import { ATTACHMENT, BOOLEAN, CHANNEL, INTEGER, NUMBER, ROLE, STRING, USER } from "./command_catalog.js";
import { store } from "./store.js";

const LONGEST_STRING = 6000;
const YES = ["true", "yes", "1", "on"];
const NO = ["false", "no", "0", "off"];

/** @typedef {import("./command_catalog.js").Option} Option */

/** A value is refused; `option` names whose. */
export class BadValueError extends Error {
  /** @param {string} option @param {string} message */
  constructor(option, message) {
    super(message);
    this.option = option;
  }
}

/** @param {Option} option @param {string} typed @returns {string | number | boolean} raises `BadValueError` */
export function optionValue(option, typed) {
  if (option.choices?.length) return choiceValue(option, typed);
  switch (option.type) {
    case STRING:
      return checkedText(option, typed);
    case INTEGER:
    case NUMBER:
      return checkedNumber(option, typed);
    case BOOLEAN: {
      const word = typed.trim().toLowerCase();
      if (YES.includes(word)) return true;
      if (NO.includes(word)) return false;
      throw new BadValueError(option.name, `${option.name} is true or false, not “${typed}”.`);
    }
    case ATTACHMENT:
      throw new BadValueError(option.name, `${option.name} takes a file: choose one, or drop or paste it here.`);
    default:
      return entityId(option, typed);
  }
}

/** @param {Option} option @param {string} typed */
function choiceValue(option, typed) {
  const wanted = typed.trim().toLowerCase();
  const choices = option.choices ?? [];
  const found =
    choices.find((choice) => String(choice.value).toLowerCase() === wanted) ??
    choices.find((choice) => choice.name.toLowerCase() === wanted);
  if (found) return found.value;
  const names = choices.map((choice) => String(choice.value)).join(", ");
  throw new BadValueError(option.name, `${option.name} has no choice “${typed}”; there are ${names}.`);
}

/** @param {Option} option @param {string} typed */
function checkedText(option, typed) {
  const least = option.min_length ?? 0;
  const most = option.max_length ?? LONGEST_STRING;
  if (typed.length > most)
    throw new BadValueError(
      option.name,
      `${option.name} has ${typed.length.toLocaleString()} characters; at most ${most.toLocaleString()} fit.`,
    );
  if (typed.length < least) throw new BadValueError(option.name, `${option.name} needs at least ${least} characters.`);
  return typed;
}

/** @param {Option} option @param {string} typed */
function checkedNumber(option, typed) {
  const value = Number(typed.trim());
  const fits = typed.trim() !== "" && Number.isFinite(value) && (option.type === NUMBER || Number.isInteger(value));
  if (!fits)
    throw new BadValueError(
      option.name,
      `${option.name} is a ${option.type === INTEGER ? "whole " : ""}number, not “${typed}”.`,
    );
  if (value < (option.min_value ?? -Infinity))
    throw new BadValueError(option.name, `${option.name} is at least ${option.min_value}.`);
  if (value > (option.max_value ?? Infinity))
    throw new BadValueError(option.name, `${option.name} is at most ${option.max_value}.`);
  return value;
}

/** A member, role or channel by id, mention or name. @param {Option} option @param {string} typed */
function entityId(option, typed) {
  const entry = entityChoices(option).find(
    (each) =>
      each.value === typed.replace(/[<@!&#>]/g, "") ||
      each.label.toLowerCase() === typed.replace(/^[@#]/, "").toLowerCase(),
  );
  if (!entry) throw new BadValueError(option.name, `${option.name}: there is no “${typed}” here.`);
  return entry.value;
}

/** @param {Option} option @returns {{value: string, label: string}[]} what can be picked for it */
export function entityChoices(option) {
  const guild = store.guild;
  const people = (guild?.members ?? []).map((member) => ({ value: member.user_id, label: member.display_name }));
  const roles = (guild?.roles ?? []).map((role) => ({ value: role.id, label: role.name }));
  if (option.type === USER) return people;
  if (option.type === ROLE) return roles;
  if (option.type !== CHANNEL) return [...people, ...roles];
  const kinds = option.channel_types;
  return store
    .channelsHere()
    .filter((channel) => !kinds?.length || kinds.includes(channel.type))
    .map((channel) => ({ value: channel.id, label: channel.name }));
}

/** @param {Option} option @param {string | number | boolean} value @returns {string} how a picked value is shown */
export function shownValue(option, value) {
  if (option.type === BOOLEAN) return String(value) === "true" ? "True" : "False";
  const choice = option.choices?.find((each) => String(each.value) === String(value));
  if (choice) return choice.name;
  return entityChoices(option).find((entry) => entry.value === String(value))?.label ?? String(value);
}
