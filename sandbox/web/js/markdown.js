/** Discord's markdown as DOM nodes: first blocks (this module), then what stands within a line. */

import { h } from "./dom.js";
import { inline } from "./markdown_inline.js";

/** @param {string} text @returns {DocumentFragment} */
export function markdown(text) {
  const fragment = document.createDocumentFragment();
  const parts = text.split(/```(?:([a-zA-Z0-9_+-]+)\n)?([\s\S]+?)```/g);
  for (let index = 0; index < parts.length; index += 3) {
    blocks(parts[index], fragment);
    if (index + 2 < parts.length) fragment.append(codeBlock(parts[index + 2]));
  }
  return fragment;
}

/** @param {string} code */
function codeBlock(code) {
  return h("pre", { class: "md-code", tabindex: "0" }, h("code", null, code.replace(/^\n|\n$/g, "")));
}

const LINE_KINDS = /** @type {[RegExp, string][]} */ ([
  [/^-# (.+)/, "small"],
  [/^(#{1,3}) (.+)/, "heading"],
  [/^> ?(.*)/, "quote"],
  [/^( *)[-*] (.+)/, "bullet"],
  [/^( *)(\d{1,3})\. (.+)/, "number"],
]);

/** @param {string} text @param {DocumentFragment} into */
function blocks(text, into) {
  const lines = text.split("\n");
  /** @type {string[]} */
  let plain = [];
  const flush = () => {
    const joined = plain.join("\n").replace(/^\n+|\n+$/g, "");
    if (joined) into.append(h("div", { class: "md-text" }, inline(joined)));
    plain = [];
  };
  for (let index = 0; index < lines.length; index += 1) {
    if (lines[index].startsWith(">>> ")) {
      flush();
      const rest = [lines[index].slice(4), ...lines.slice(index + 1)].join("\n");
      into.append(h("blockquote", { class: "md-quote" }, markdown(rest)));
      return;
    }
    const kind = LINE_KINDS.find(([pattern]) => pattern.test(lines[index]));
    if (!kind) {
      plain.push(lines[index]);
      continue;
    }
    flush();
    const [pattern, name] = kind;
    let end = index + 1;
    if (name !== "small" && name !== "heading") while (end < lines.length && pattern.test(lines[end])) end += 1;
    into.append(block(name, lines.slice(index, end), pattern));
    index = end - 1;
  }
  flush();
}

/** @param {string} name @param {string[]} lines all of this kind @param {RegExp} pattern */
function block(name, lines, pattern) {
  const matches = lines.map((line) => /** @type {RegExpMatchArray} */ (line.match(pattern)));
  if (name === "small") return h("div", { class: "md-small" }, inline(matches[0][1]));
  if (name === "heading")
    return h(
      `h${matches[0][1].length + 2}`,
      { class: `md-heading md-heading-${matches[0][1].length}` },
      inline(matches[0][2]),
    );
  if (name === "quote")
    return h("blockquote", { class: "md-quote" }, inline(matches.map((match) => match[1]).join("\n")));
  if (name === "bullet")
    return h(
      "ul",
      { class: "md-list" },
      matches.map((match) => h("li", { class: match[1] ? "is-nested" : null }, inline(match[2]))),
    );
  return h(
    "ol",
    { class: "md-list", start: matches[0][2] },
    matches.map((match) => h("li", null, inline(match[3]))),
  );
}

/** @param {string} text @returns {string} one line without markup, for quotes and announcements */
export function plainLine(text) {
  const blocks = [...markdown(text).childNodes].map((block) => block.textContent ?? "");
  return blocks.join(" ").replace(/\s+/g, " ").trim();
}
