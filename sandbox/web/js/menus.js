/** The menus of messages and members: the bot's commands for them, and what one may do oneself. */

import { api } from "./api.js";
import { MESSAGE_MENU, USER_MENU, usableHere } from "./command_catalog.js";
import { icon } from "./dom.js";
import { openListbox } from "./listbox.js";
import { nameOf } from "./people.js";
import { store } from "./store.js";
import { orToast } from "./toasts.js";

/**
 * @typedef {{value: string, label: string, description?: string, leading?: () => Node, run: () => unknown}} Item
 * @typedef {{
 *   command: (command: string, start: () => Promise<{interaction_id: string}>) => Promise<void>,
 *   dismiss: (message: any) => void, reply: (message: any) => void, mention: (userId: string) => void,
 * }} MenuActs
 */

/** @param {string} label @param {HTMLElement} anchor @param {(Item | false | null)[]} items */
function openMenu(label, anchor, items) {
  const entries = items.filter((item) => item !== false && item !== null);
  openListbox({
    anchor,
    label,
    entries,
    isMenu: true,
    onDone: ([picked]) => void orToast(async () => entries.find((entry) => entry.value === picked)?.run()),
  });
}

/** The commands under "Apps". @param {number} type @param {Record<string, unknown>} target @param {MenuActs} acts @returns {Item[]} */
function apps(type, target, acts) {
  return usableHere(type).map((command) => ({
    value: `app:${command.name}`,
    label: command.name,
    description: `App · ${store.world.bot.display_name}`,
    leading: () => icon("leaf"),
    run: () =>
      acts.command(command.name, () =>
        api.menu(store.userId, { channel_id: store.channelId, command: command.name, ...target }),
      ),
  }));
}

/** @param {any} message @param {HTMLElement} anchor @param {MenuActs} acts */
export function openMessageMenu(message, anchor, acts) {
  const own = message.author.id === store.userId;
  const mayDelete = !message.ephemeral && (own || store.myMembership?.is_moderator);
  openMenu("Message menu", anchor, [
    ...(message.ephemeral ? [] : apps(MESSAGE_MENU, { message_id: message.id }, acts)),
    !message.ephemeral && {
      value: "reply",
      label: "Reply",
      leading: () => icon("reply"),
      run: () => acts.reply(message),
    },
    {
      value: "copy",
      label: "Copy message ID",
      leading: () => icon("file"),
      run: () => navigator.clipboard.writeText(message.id),
    },
    message.ephemeral && {
      value: "dismiss",
      label: "Dismiss message",
      leading: () => icon("eye"),
      run: () => acts.dismiss(message),
    },
    mayDelete && {
      value: "delete",
      label: "Delete message",
      leading: () => icon("close"),
      run: () => api.deleteMessage(message.channel_id, message.id, store.userId),
    },
  ]);
}

/** @param {string} userId @param {HTMLElement} anchor @param {MenuActs} acts */
export function openPersonMenu(userId, anchor, acts) {
  const user = store.user(userId);
  const name = user ? nameOf(user) : "this member";
  const mayBecome = userId !== store.userId && store.peopleHere().some((person) => person.id === userId);
  openMenu(`Menu of ${name}`, anchor, [
    ...apps(USER_MENU, { target_user_id: userId }, acts),
    { value: "mention", label: "Mention", leading: () => icon("at"), run: () => acts.mention(userId) },
    mayBecome && { value: "become", label: `Be ${name}`, leading: () => icon("swap"), run: () => store.become(userId) },
    {
      value: "copy",
      label: "Copy user ID",
      leading: () => icon("file"),
      run: () => navigator.clipboard.writeText(userId),
    },
  ]);
}
