/** The line that says who is typing. */

import { byId, h } from "./dom.js";
import { nameOf } from "./people.js";
import { store } from "./store.js";

const SHOWN_MS = 10_000;
let timer = 0;

/** @param {string} userId @param {boolean} typing */
export function showTyping(userId, typing) {
  const line = byId("typing");
  const user = store.user(userId);
  clearTimeout(timer);
  if (!typing || !user || userId === store.userId) return line.replaceChildren();
  timer = window.setTimeout(() => line.replaceChildren(), SHOWN_MS);
  return line.replaceChildren(
    h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    h("b", null, nameOf(user)),
    " is typing …",
  );
}
