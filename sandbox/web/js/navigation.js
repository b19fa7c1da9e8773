/** Guilds, channels, and who one is. On a phone they are a drawer. */

import { byId, h, icon } from "./dom.js";
import { openListbox } from "./listbox.js";
import { avatar, colourOf, standing } from "./people.js";
import { store } from "./store.js";
import { toast } from "./toasts.js";

const VOICE_TYPES = [2, 13];
const THREAD_TYPES = [11, 12];

export function startNavigation() {
  byId("open-drawer").addEventListener("click", () => setDrawer(true));
  byId("drawer-shade").addEventListener("click", () => setDrawer(false));
  byId("who").addEventListener("click", chooseWho);
  byId("drawer").addEventListener("keydown", (event) => event.key === "Escape" && setDrawer(false));
  for (const topic of /** @type {const} */ (["world", "place", "me", "unread"])) store.on(topic, drawNavigation);
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
  const header = byId("place");
  header.replaceChildren(
    icon(store.inDirectMessages() ? "at" : "hash"),
    h("h1", null, store.channel?.name ?? "Nowhere"),
    h("span", { class: "place-guild" }, store.guild?.name ?? "Direct messages"),
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
  byId("channels").replaceChildren(
    ...store.channelsHere().map((channel) => {
      const current = channel.id === store.channelId;
      const kind =
        channel.type === 1
          ? "at"
          : VOICE_TYPES.includes(channel.type)
            ? "voice"
            : THREAD_TYPES.includes(channel.type)
              ? "thread"
              : "hash";
      const unread = store.unread.has(channel.id);
      return h(
        "li",
        null,
        h(
          "button",
          {
            type: "button",
            class: `channel ${current ? "is-current" : ""} ${unread ? "is-unread" : ""} ${THREAD_TYPES.includes(channel.type) ? "is-thread" : ""}`,
            "aria-current": current ? "true" : null,
            dataset: { place: channel.id },
            onclick: () => {
              store.enterChannel(channel.id);
              setDrawer(false);
            },
          },
          icon(kind),
          h("span", null, channel.name),
          unread ? h("span", { class: "visually-hidden" }, "(unread)") : null,
        ),
      );
    }),
  );
  byId("people").replaceChildren(
    ...(store.guild?.members ?? []).map((member) => {
      const user = { id: member.user_id, name: member.display_name, bot: member.bot };
      const mine = member.user_id === store.userId;
      const offline = member.bot && !store.world.bot_connected;
      return h(
        "li",
        { class: `person ${mine ? "is-me" : ""}` },
        avatar(user, "small"),
        h("span", null, member.display_name),
        h("small", null, member.bot ? (offline ? "starting …" : "app") : mine ? "you" : standing(member.user_id)),
      );
    }),
  );
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
    onDone: ([userId]) => store.become(userId),
  });
}
