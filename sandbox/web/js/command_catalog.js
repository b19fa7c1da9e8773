/** The commands one can use here, subcommands as entries of their own. */

import { store } from "./store.js";

export const STRING = 3;
export const INTEGER = 4;
export const BOOLEAN = 5;
export const USER = 6;
export const CHANNEL = 7;
export const ROLE = 8;
export const MENTIONABLE = 9;
export const NUMBER = 10;
export const ATTACHMENT = 11;
const SUBCOMMAND = 1;
const SUBCOMMAND_GROUP = 2;
const CHAT_INPUT = 1;
export const USER_MENU = 2;
export const MESSAGE_MENU = 3;
const DIRECT_MESSAGE_CONTEXT = 1;

/**
 * @typedef {{name: string, value: string | number}} Choice
 * @typedef {{
 *   name: string, description: string, type: number, required?: boolean, choices?: Choice[], autocomplete?: boolean,
 *   min_value?: number, max_value?: number, min_length?: number, max_length?: number, channel_types?: number[],
 * }} Option
 * @typedef {{path: string, description: string, options: Option[]}} Entry `path` is what follows the slash
 */

/** @returns {Entry[]} in the order of the bot, which names its main command first */
export function catalog() {
  return usableHere(CHAT_INPUT).flatMap((command) => entriesOf(command, command.name));
}

/** @param {number} type @returns {any[]} the commands of this type that one may use where one is */
export function usableHere(type) {
  return store.commands.filter((command) => (command.type ?? CHAT_INPUT) === type && isUsableHere(command));
}

/** @param {any} command */
function isUsableHere(command) {
  if (store.inDirectMessages())
    return command.dm_permission !== false && (command.contexts?.includes(DIRECT_MESSAGE_CONTEXT) ?? true);
  return command.default_member_permissions == null || Boolean(store.myMembership?.is_moderator);
}

/** @param {any} command a command, group or subcommand @param {string} path @returns {Entry[]} */
function entriesOf(command, path) {
  const options = command.options ?? [];
  const branches = options.filter(
    (/** @type {any} */ option) => option.type === SUBCOMMAND || option.type === SUBCOMMAND_GROUP,
  );
  if (branches.length)
    return branches.flatMap((/** @type {any} */ branch) => entriesOf(branch, `${path} ${branch.name}`));
  return [{ path, description: command.description, options }];
}

/** Those whose name fits what is typed after the slash, the closest first. @param {string} typed @returns {Entry[]} */
export function matching(typed) {
  const wanted = typed.trim().toLowerCase();
  const entries = catalog();
  const starting = entries.filter((entry) => entry.path.startsWith(wanted));
  const holding = entries.filter((entry) => !starting.includes(entry) && entry.path.includes(wanted));
  return [...starting, ...holding];
}

/** A file for words rather than for a picture. @param {Option} option */
export function takesText(option) {
  return /\.txt|text file/i.test(option.description) || /(^|_)file$/.test(option.name);
}

/**
 * The option a dropped or pasted file goes to.
 * @param {Entry} entry @param {Set<string>} taken @param {File} file
 * @returns {Option | undefined} the next free one that suits it
 */
export function freeOptionFor(entry, taken, file) {
  const free = entry.options.filter((option) => option.type === ATTACHMENT && !taken.has(option.name));
  const isText = file.type.startsWith("text/") || /\.txt$/i.test(file.name);
  return free.find((option) => takesText(option) === isText) ?? (isText ? free[0] : undefined);
}
