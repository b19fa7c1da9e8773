/** What stands within a line: emphasis, code, spoilers, links, mentions, times. */

import { h } from "./dom.js";
import { mention } from "./mentions.js";
import { spoiler } from "./spoiler.js";
import { timestamp } from "./timestamps.js";

/** @typedef {{pattern: RegExp, build: (match: RegExpExecArray) => Node}} Rule */

/** Tried in this order at each place, each anchored there. @type {Rule[]} */
const RULES = [
  { pattern: /\\([^\sA-Za-z0-9])/y, build: (match) => document.createTextNode(match[1]) },
  {
    pattern: /(`+)([^]*?[^`])\1(?!`)/y,
    build: (match) => h("code", { class: "md-inline-code" }, match[2].replace(/^ (?=`)|(?<=`) $/g, "")),
  },
  { pattern: /<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, build: (match) => timestamp(Number(match[1]), match[2] ?? "f") },
  { pattern: /<(@!?|@&|#)(\d{5,20})>/y, build: (match) => mention(match[1].replace("!", ""), match[2]) },
  { pattern: /<\/([^:>]{1,100}):\d{1,20}>/y, build: (match) => h("span", { class: "mention" }, `/${match[1]}`) },
  { pattern: /<a?:(\w{2,32}):\d{5,20}>/y, build: (match) => h("span", { class: "md-emoji" }, `:${match[1]}:`) },
  { pattern: /@(everyone|here)\b/y, build: (match) => h("span", { class: "mention" }, match[0]) },
  { pattern: /\[([^\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?\)/y, build: (match) => link(match[2], inline(match[1])) },
  { pattern: /<(https?:\/\/[^\s>]+)>/y, build: (match) => link(match[1], match[1]) },
  { pattern: /https?:\/\/[^\s<>]*[^\s<>"'.,;:!?)\]*_~|]/y, build: (match) => link(match[0], match[0]) },
  { pattern: /\|\|([^]+?)\|\|/y, build: (match) => spoiler("span", inline(match[1])) },
  { pattern: /\*\*\*([^]+?)\*\*\*(?!\*)/y, build: (match) => h("strong", null, h("em", null, inline(match[1]))) },
  { pattern: /\*\*([^]+?)\*\*(?!\*)/y, build: (match) => h("strong", null, inline(match[1])) },
  { pattern: /__([^]+?)__(?!_)/y, build: (match) => h("u", null, inline(match[1])) },
  { pattern: /~~([^]+?)~~/y, build: (match) => h("s", null, inline(match[1])) },
  { pattern: /\*(?=\S)((?:\\.|[^*\\])+?)\*(?!\*)/y, build: (match) => h("em", null, inline(match[1])) },
  { pattern: /_((?:\\.|[^_\\])+?)_(?![A-Za-z0-9_])/y, build: (match) => h("em", null, inline(match[1])) },
];
const MAY_START_MARKUP = /[\\`<@[|*_~h]/;

/** @param {string} text @returns {Node[]} */
export function inline(text) {
  /** @type {Node[]} */
  const nodes = [];
  let plain = "";
  let place = 0;
  const flush = () => {
    if (plain) nodes.push(document.createTextNode(plain));
    plain = "";
  };
  while (place < text.length) {
    const found = MAY_START_MARKUP.test(text[place]) && !isInsideWord(text, place) ? firstMatch(text, place) : null;
    if (!found) {
      plain += text[place];
      place += 1;
      continue;
    }
    flush();
    nodes.push(found.rule.build(found.match));
    place += found.match[0].length;
  }
  flush();
  return nodes;
}

/** An underscore or a link's "h" within a word is a letter like others. @param {string} text @param {number} place */
function isInsideWord(text, place) {
  return "_h".includes(text[place]) && place > 0 && /[A-Za-z0-9]/.test(text[place - 1]);
}

/** @param {string} text @param {number} place */
function firstMatch(text, place) {
  for (const rule of RULES) {
    rule.pattern.lastIndex = place;
    const match = rule.pattern.exec(text);
    if (match) return { rule, match };
  }
  return null;
}

/** @param {string} address @param {Node[] | string} content */
function link(address, content) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer", title: address }, content);
}
