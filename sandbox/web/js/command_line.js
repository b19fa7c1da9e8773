/** Reads a command that was typed as plain text, such as `/imagine a fox aspect_ratio:16:9`. */

import { STRING, catalog } from "./command_catalog.js";

/**
 * @typedef {{entry: import("./command_catalog.js").Entry, values: Map<string, string>, surplus: string}} TypedCommand
 *   `surplus` is text that no option takes
 */

/** @param {string} text @returns {TypedCommand | null} null where it begins with no command that one can use */
export function readCommandLine(text) {
  if (!text.startsWith("/")) return null;
  const typed = text.slice(1);
  const entry = catalog()
    .filter((each) => typed === each.path || (/^\s/.test(typed.slice(each.path.length)) && typed.startsWith(each.path)))
    .sort((one, other) => other.path.length - one.path.length)[0];
  if (!entry) return null;
  return { entry, ...readOptions(entry, typed.slice(entry.path.length)) };
}

/** @param {import("./command_catalog.js").Entry} entry @param {string} text what follows the name */
function readOptions(entry, text) {
  /** @type {Map<string, string>} */
  const values = new Map();
  const names = entry.options.map((option) => option.name);
  const marks = names.length ? [...text.matchAll(new RegExp(`(?<=^|\\s)(${names.map(escaped).join("|")}):`, "g"))] : [];
  marks.forEach((mark, index) => {
    const end = marks[index + 1]?.index ?? text.length;
    values.set(mark[1], text.slice((mark.index ?? 0) + mark[0].length, end).trim());
  });
  const loose = text.slice(0, marks[0]?.index ?? text.length).trim();
  const first = entry.options.find((option) => option.type === STRING && !option.choices?.length);
  if (loose && first && !values.has(first.name)) {
    values.set(first.name, loose);
    return { values, surplus: "" };
  }
  return { values, surplus: loose };
}

/** @param {string} name */
function escaped(name) {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
