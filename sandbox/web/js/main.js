/** Starts the page: reads the world, wires the parts, follows the events. */

import { Acts } from "./acts.js";
import { readAddress, writeAddress } from "./address.js";
import { api } from "./api.js";
import { Composer } from "./composer.js";
import { byId, icon } from "./dom.js";
import { EventStream } from "./events.js";
import { openMessageMenu, openPersonMenu } from "./menus.js";
import { MessageList } from "./message_list.js";
import { drawNavigation, leaveDrawer, startNavigation } from "./navigation.js";
import { startPanel } from "./panel.js";
import { store } from "./store.js";
import { startTheme } from "./theme.js";
import { startClock } from "./timestamps.js";
import { orToast } from "./toasts.js";
import { showTyping } from "./typing.js";

const ASK_AGAIN_MS = 1000;
const acts = new Acts();
const composer = new Composer(acts);
/** @type {import("./menus.js").MenuActs} */
const menuActs = {
  command: (command, start) => (leaveDrawer(), acts.command(command, start)),
  dismiss: (message) => acts.dismiss(message),
  reply: (message) => composer.replyTo(message),
  mention: (userId) => (leaveDrawer(), composer.insert(`<@${userId}> `)),
};
const list = new MessageList(
  {
    press: (message, customId, values) => void acts.press(message, customId, values),
    dismiss: (message) => acts.dismiss(message),
    reply: (message) => composer.replyTo(message),
    openMenu: (message, anchor) => openMessageMenu(message, anchor, menuActs),
    openPerson: (userId, anchor) => openPersonMenu(userId, anchor, menuActs),
    goTo: (messageId) => acts.goTo(messageId),
  },
  (example) => composer.begin("imagine", example),
);
acts.list = list;
const stream = new EventStream(onEvent, (connected) => (byId("connection").hidden = connected));

/** @param {any} event */
function onEvent(event) {
  switch (event.type) {
    case "hello":
      void orToast(() => list.load(false)); // what happened while one was away
      break;
    case "message_create":
    case "message_update":
      if (event.channel_id === store.channelId) {
        if (event.type === "message_create") showTyping(event.message.author.id, false);
        list.put(event.message);
      } else if (event.type === "message_create") noteElsewhere(event.channel_id);
      break;
    case "message_delete":
      if (event.channel_id === store.channelId) list.remove(event.message_id);
      break;
    case "typing":
      if (event.channel_id === store.channelId) showTyping(event.user_id, true);
      break;
    case "world":
      void readWorld();
      break;
  }
}

/** @param {string} channelId */
function noteElsewhere(channelId) {
  store.markUnread(channelId);
  const known = store.world.guilds.some((guild) => guild.channels.some((channel) => channel.id === channelId));
  if (!known && !store.world.direct_channels.some((channel) => channel.id === channelId)) void readWorld(); // a first direct message
}

async function readWorld() {
  const before = store.channelId;
  store.setWorld(await api.world());
  if (before && before !== store.channelId) store.tell("place");
}

/** The bot syncs its commands when it starts, perhaps after the page is open. */
async function readCommands() {
  try {
    const commands = await api.commands();
    if (!store.world.bot_connected) await readWorld();
    const changed = JSON.stringify(commands) !== JSON.stringify(store.commands);
    store.commands = commands;
    byId("bot-status").hidden = store.world.bot_connected && commands.length > 0;
    if (changed) store.tell("commands");
  } catch {
    byId("bot-status").hidden = true; // the line about the connection says more
  }
  setTimeout(readCommands, store.commands.length && store.world.bot_connected ? ASK_AGAIN_MS * 5 : ASK_AGAIN_MS);
}

/** Buttons of index.html and their drawings. */
const ICONS = {
  "open-drawer": "menu",
  "toggle-panel": "sliders",
  "close-panel": "close",
  "composer-attach": "plus",
  "composer-send": "send",
  "jump-to-newest": "down",
};

async function start() {
  for (const [id, name] of Object.entries(ICONS)) byId(id).prepend(icon(name));
  startTheme();
  startClock();
  await readWorld();
  readAddress();
  startNavigation((userId, anchor) => openPersonMenu(userId, anchor, menuActs));
  startPanel();
  store.on("place", () => {
    writeAddress();
    showTyping("", false);
    composer.showPlace();
    void orToast(() => list.load(true));
  });
  store.on("me", () => stream.watch(store.userId));
  store.on("world", () => composer.showPlace());
  store.on("commands", () => {
    list.draw();
    composer.showPlace();
  });
  window.addEventListener("hashchange", () => {
    readAddress();
    store.tell("place", "me");
  });
  drawNavigation();
  store.tell("place", "me");
  void readCommands();
  if (matchMedia("(pointer: fine)").matches) byId("composer-input").focus();
}

void orToast(start);
