/** Mentions of people, roles and channels. */

import { h } from "./dom.js";
import { store } from "./store.js";

/** @param {string} sigil `@`, `@&` or `#` @param {string} id @returns {HTMLElement} */
export function mention(sigil, id) {
  if (sigil === "#") return channelMention(id);
  if (sigil === "@&") {
    const role = store.guild?.roles.find((each) => each.id === id);
    return h("span", { class: "mention" }, `@${role?.name ?? "unknown-role"}`);
  }
  const mine = id === store.userId;
  return h("span", { class: `mention ${mine ? "is-me" : ""}` }, `@${store.user(id)?.display_name ?? "unknown-user"}`);
}

/** @param {string} id */
function channelMention(id) {
  const channel = store.guild?.channels.find((each) => each.id === id);
  if (!channel) return h("span", { class: "mention" }, "#unknown");
  return h("button", { type: "button", class: "mention", onclick: () => store.enterChannel(id) }, `#${channel.name}`);
}
