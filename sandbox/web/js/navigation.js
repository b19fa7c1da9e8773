/** Guilds, channels, and who one is. On a phone they are a drawer. */

import { KIND_WORDS, iconOf, isThread, kindOf } from "./channels.js";
import { byId, h, icon, keepFocusInside } from "./dom.js";
import { openListbox } from "./listbox.js";
import { avatar, colourOf, standing } from "./people.js";
import { store } from "./store.js";
import { toast } from "./toasts.js";

/** @type {(userId: string, anchor: HTMLElement) => void} */
let openPerson = () => {};

/** @param {(userId: string, anchor: HTMLElement) => void} onPerson opens the menu of a member */
export function startNavigation(onPerson) {
  openPerson = onPerson;
  byId("open-drawer").addEventListener("click", () => setDrawer(true));
  byId("drawer-shade").addEventListener("click", leaveDrawer);
  byId("who").addEventListener("click", chooseWho);
  byId("drawer").addEventListener("keydown", onDrawerKey);
  for (const topic of /** @type {const} */ (["world", "place", "me", "unread"])) store.on(topic, drawNavigation);
}

/** @param {KeyboardEvent} event */
function onDrawerKey(event) {
  if (!document.body.classList.contains("has-drawer")) return;
  if (event.key !== "Escape") return keepFocusInside(byId("drawer"), event);
  setDrawer(false);
  byId("open-drawer").focus();
}

/** Go from the drawer, where it is open, back to the channel. */
export function leaveDrawer() {
  if (!document.body.classList.contains("has-drawer")) return;
  setDrawer(false);
  byId("message-scroller").focus();
}

/** @param {boolean} open */
function setDrawer(open) {
  document.body.classList.toggle("has-drawer", open);
  byId("open-drawer").setAttribute("aria-expanded", String(open));
  if (open) byId("drawer").querySelector("button")?.focus();
}

export function drawNavigation() {
  const focused = document.activeElement?.getAttribute("data-place");
  drawGuilds();
  drawChannels();
  if (focused)
    /** @type {HTMLElement | null} */ (document.querySelector(`[data-place="${CSS.escape(focused)}"]`))?.focus();
  const me = store.me;
  if (me)
    byId("who").replaceChildren(
      avatar(me),
      h("span", { class: "who-text" }, h("b", null, me.display_name), h("small", null, standing(me.id) || "member")),
      icon("swap"),
    );
  drawPlace();
}

function drawPlace() {
  const here = store.channelsHere();
  const channel = store.channel;
  const kind = channel ? kindOf(channel, here) : "hash";
  const parent = channel && isThread(channel) ? here.find((each) => each.id === channel.parent_id) : null;
  byId("place").replaceChildren(
    icon(iconOf(kind)),
    h("h1", null, channel?.name ?? "Nowhere"),
    h(
      "span",
      { class: "place-guild" },
      parent ? `${kind === "post" ? "post" : "thread"} in #${parent.name} · ` : null,
      store.guild?.name ?? "Direct messages",
    ),
  );
}

function drawGuilds() {
  const direct = store.hasDirectMessages()
    ? [guildButton("@me", "Direct messages", icon("at"), store.inDirectMessages(), () => store.enterDirectMessages())]
    : [];
  const guilds = store.world.guilds.map((guild) =>
    guildButton(
      guild.id,
      guild.name,
      h(
        "span",
        { class: "guild-letter", style: { "--avatar": colourOf(guild.id, guild.name) } },
        guild.name.slice(0, 1),
      ),
      guild.id === store.guildId,
      () => {
        if (store.enterGuild(guild.id))
          toast(`You are ${store.me?.display_name} now, who is a member of ${guild.name}.`, "info");
      },
    ),
  );
  byId("guilds").replaceChildren(...direct, ...guilds);
}

/** @param {string} id @param {string} name @param {Node} face @param {boolean} current @param {() => void} onclick */
function guildButton(id, name, face, current, onclick) {
  const channels =
    id === "@me" ? store.world.direct_channels : (store.world.guilds.find((guild) => guild.id === id)?.channels ?? []);
  const unread = channels.some((channel) => store.unread.has(channel.id));
  return h(
    "button",
    {
      type: "button",
      class: `guild ${current ? "is-current" : ""} ${unread ? "is-unread" : ""}`,
      title: name,
      "aria-label": name,
      dataset: { place: id },
      "aria-current": current ? "true" : null,
      onclick,
    },
    face,
  );
}

function drawChannels() {
  byId("guild-name").textContent = store.guild?.name ?? "Direct messages";
  const here = store.channelsHere();
  byId("channels").replaceChildren(
    ...here.map((channel) => h("li", null, channelButton(channel, kindOf(channel, here)))),
  );
  byId("people").replaceChildren(...(store.guild?.members ?? []).map(personItem));
}

/** @param {import("./store.js").Channel} channel @param {ReturnType<typeof kindOf>} kind */
function channelButton(channel, kind) {
  const current = channel.id === store.channelId;
  const unread = store.unread.has(channel.id);
  const told = [KIND_WORDS[kind], unread ? "unread" : ""].filter(Boolean).join(", ");
  return h(
    "button",
    {
      type: "button",
      class: `channel ${current ? "is-current" : ""} ${unread ? "is-unread" : ""} ${isThread(channel) ? "is-thread" : ""}`,
      "aria-current": current ? "true" : null,
      title: channel.name,
      dataset: { place: channel.id },
      onclick: () => {
        store.enterChannel(channel.id);
        leaveDrawer();
      },
    },
    icon(iconOf(kind)),
    h("span", { class: "channel-name" }, channel.name),
    told ? h("span", { class: "visually-hidden" }, `(${told})`) : null,
  );
}

/** @param {import("./store.js").Member} member */
function personItem(member) {
  const user = { id: member.user_id, name: member.display_name, bot: member.bot };
  const mine = member.user_id === store.userId;
  const offline = member.bot && !store.world.bot_connected;
  const button = h(
    "button",
    {
      type: "button",
      class: `person ${mine ? "is-me" : ""}`,
      title: `Apps and more for ${member.display_name}`,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      dataset: { place: `person-${member.user_id}` },
      onclick: () => openPerson(member.user_id, button),
      oncontextmenu: (/** @type {Event} */ event) => {
        event.preventDefault();
        openPerson(member.user_id, button);
      },
    },
    avatar(user, "small"),
    h("span", null, member.display_name),
    h("small", null, member.bot ? (offline ? "starting …" : "app") : mine ? "you" : standing(member.user_id)),
  );
  return h("li", null, button);
}

function chooseWho() {
  openListbox({
    anchor: byId("who"),
    label: "Be another member",
    chosen: [store.userId],
    entries: store.peopleHere().map((user) => ({
      value: user.id,
      label: user.display_name,
      description: standing(user.id),
      leading: () => avatar(user, "small"),
    })),
    onDone: ([userId]) => (store.become(userId), leaveDrawer()),
  });
}
