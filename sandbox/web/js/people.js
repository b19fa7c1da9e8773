/** Names and drawn portraits: a letter on a colour, and a leaf for the bot. */

import { h, icon } from "./dom.js";
import { store } from "./store.js";

const COLOURS = ["#b5533c", "#3a7ca5", "#8a5fb0", "#b0762b", "#2f8577", "#a34a78", "#5a6fb8"];

/** @param {string} id @param {string} name @returns {string} always the same colour for the same person */
export function colourOf(id, name) {
  let sum = 0;
  for (const character of id + name) sum = (sum * 31 + character.charCodeAt(0)) % 9973;
  return COLOURS[sum % COLOURS.length];
}

/** @param {{id: string, name?: string, display_name?: string, username?: string, bot?: boolean}} user @param {string} [size] */
export function avatar(user, size = "") {
  const name = nameOf(user);
  const inside = user.bot ? icon("leaf") : h("span", null, name.slice(0, 1).toUpperCase());
  const colour = user.bot ? null : { "--avatar": colourOf(user.id, name) };
  return h(
    "span",
    { class: `avatar ${size} ${user.bot ? "is-bot" : ""}`, style: colour ?? {}, "aria-hidden": "true" },
    inside,
  );
}

/** @param {any} user a user of the world or of a message */
export function nameOf(user) {
  return user.display_name ?? user.global_name ?? user.username ?? user.name ?? "Somebody";
}

/** @param {string} userId @returns {string | null} the colour of the highest coloured role, as CSS */
export function roleColour(userId) {
  const guild = store.guild;
  const member = guild?.members.find((each) => each.user_id === userId);
  const role = guild?.roles.find((each) => each.color && member?.roles.includes(each.id));
  return role ? `#${role.color.toString(16).padStart(6, "0")}` : null;
}

/** @param {string} userId @returns {string} what the member is here, in a word or two */
export function standing(userId) {
  const guild = store.guild;
  const member = guild?.members.find((each) => each.user_id === userId);
  if (!member) return "";
  const operator = userId === store.world.owner_id ? "operator, " : "";
  if (guild?.owner_id === userId) return `${operator}owner`;
  return operator + (member.is_moderator ? "moderator" : "member");
}
