/** Keeps place and member in the address (`#/Orchard/images/maya`), so that each tab can be somebody else. */

import { store } from "./store.js";

/** Take guild, channel and member from the address where it names any; needs a world. */
export function readAddress() {
  const [guildName, channelName, userName] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  const guild = store.world.guilds.find((each) => each.name === guildName);
  if (guildName === "@me") return readDirect(userName);
  if (!guild) return;
  store.guildId = guild.id;
  store.channelId =
    guild.channels.find((channel) => channel.name === channelName || channel.id === channelName)?.id ?? "";
  const user = store.peopleHere().find((person) => person.name === userName);
  if (user) store.userId = user.id;
  store.setWorld(store.world); // somewhere else where this member does not see the channel
}

/** @param {string} userName whose direct messages with the bot to show, where there are any */
function readDirect(userName) {
  const user = store.world.users.find((person) => person.name === userName);
  if (!user) return;
  store.userId = user.id;
  if (store.hasDirectMessages()) store.enterDirectMessages();
}

export function writeAddress() {
  const parts = [store.guild?.name ?? "@me", channelPart(), store.me?.name ?? ""];
  const address = `#/${parts.map(encodeURIComponent).join("/")}`;
  if (location.hash !== address) history.replaceState(null, "", address);
  const place = store.inDirectMessages()
    ? "Direct messages"
    : `#${store.channel?.name ?? ""} · ${store.guild?.name ?? ""}`;
  document.title = `${place} · Plantain sandbox`;
}

/** The name, or the id where another channel has the name first: threads are often called alike. */
function channelPart() {
  const channel = store.channel;
  if (!channel) return "";
  const first = (store.guild?.channels ?? [channel]).find((each) => each.name === channel.name);
  return first?.id === channel.id ? channel.name : channel.id;
}
