/** What can be broken besides faults: the bot's connection, its permissions, its messages, the channel. */

import { api } from "./api.js";
import { isThread } from "./channels.js";
import { byId, h } from "./dom.js";
import { store } from "./store.js";
import { orToast, toast } from "./toasts.js";

const TO_A_MEMBER = 1;
const SURE_FOR_MS = 4000;

/** Discord's permission bits; sending is another one in threads. */
const PERMISSIONS = [
  { name: "send messages", bits: (1n << 11n) | (1n << 38n) },
  { name: "attach files", bits: 1n << 15n },
  { name: "read the history", bits: 1n << 16n },
  { name: "see the channel", bits: 1n << 10n },
];
/** @type {{how: "resumable" | "invalid" | "reconnect", label: string, told: string}[]} */
const CUTS = [
  { how: "resumable", label: "Cut the bot's connection", told: "The connection was cut; the session can be resumed." },
  { how: "invalid", label: "Cut it, session lost", told: "The connection was cut and the session is lost." },
  { how: "reconnect", label: "Ask it to reconnect", told: "The bot was asked to reconnect." },
];
const TIERS = [0, 1, 2, 3];

export function startBreakage() {
  for (const topic of /** @type {const} */ (["world", "place", "me"])) store.on(topic, draw);
  draw();
}

function draw() {
  const box = byId("breakage");
  const focused = box.contains(document.activeElement) ? document.activeElement?.id : null;
  box.replaceChildren(
    group("The bot's connection", cutButtons()),
    ...(store.guild && store.channel ? channelGroups(store.guild, store.channel) : []),
    ...personGroup(),
  );
  if (focused) document.getElementById(focused)?.focus();
}

/** @param {string} title @param {Node[]} content */
function group(title, content) {
  return h("div", { class: "breakage-group", role: "group", "aria-label": title }, h("h4", null, title), content);
}

function cutButtons() {
  return CUTS.map(({ how, label, told }) =>
    button(`cut-${how}`, label, async () => {
      await api.cutGateway(how);
      toast(told, "info");
    }),
  );
}

/** @param {string} id @param {string} label @param {() => Promise<unknown>} act */
function button(id, label, act) {
  return h("button", { type: "button", id, class: "button is-secondary", onclick: () => void orToast(act) }, label);
}

/** @param {import("./store.js").Guild} guild @param {import("./store.js").Channel} channel */
function channelGroups(guild, channel) {
  const parent = isThread(channel) ? guild.channels.find((each) => each.id === channel.parent_id) : null;
  const governed = parent ?? channel; // a thread has the permissions of its channel
  const switches = PERMISSIONS.map(({ name, bits }) => permissionSwitch(governed, name, bits));
  const tiers = TIERS.map((tier) =>
    h(
      "button",
      {
        type: "button",
        id: `tier-${tier}`,
        "aria-pressed": String(guild.premium_tier === tier),
        "aria-label": `Tier ${tier}`,
        onclick: () => void orToast(() => api.changeGuild(guild.id, { premium_tier: tier })),
      },
      String(tier),
    ),
  );
  return [
    group(`In #${governed.name}, ${store.world.bot.display_name} may`, switches),
    group(`In ${isThread(channel) ? "" : "#"}${channel.name}`, [
      button("delete-newest", "Delete the bot's newest message", () => deleteNewest(guild, channel)),
      sureButton("delete-channel", `Delete ${isThread(channel) ? "" : "#"}${channel.name}`, () =>
        api.deleteChannel(channel.id),
      ),
    ]),
    group(`Boosts of ${guild.name}`, [
      h("div", { class: "segments" }, tiers),
      h("small", null, "files of 10, 10, 50, 100 MB"),
    ]),
  ];
}

/** @param {import("./store.js").Channel} channel @param {string} name @param {bigint} bits */
function permissionSwitch(channel, name, bits) {
  const botId = store.world.bot.id;
  const own = channel.overwrites?.find((entry) => entry.id === botId && entry.type === TO_A_MEMBER);
  const deny = BigInt(own?.deny ?? 0);
  return allowedSwitch(`may-${name.replaceAll(" ", "-")}`, name, !(deny & bits), (may) => {
    const others = (channel.overwrites ?? []).filter((entry) => entry !== own);
    const changed = {
      id: botId,
      type: TO_A_MEMBER,
      allow: own?.allow ?? "0",
      deny: String(may ? deny & ~bits : deny | bits),
    };
    return api.changeChannel(channel.id, { overwrites: [...others, changed] });
  });
}

/** @param {string} id @param {string} label @param {boolean} on @param {(on: boolean) => Promise<unknown>} change */
function allowedSwitch(id, label, on, change) {
  const toggle = h("input", {
    type: "checkbox",
    role: "switch",
    class: "switch is-good",
    id,
    checked: on,
    onchange: () => void orToast(() => change(toggle.checked)).then(draw),
  });
  return h("div", { class: "fault-line" }, h("label", { for: id }, label), toggle);
}

/** As the owner, who may always. @param {import("./store.js").Guild} guild @param {import("./store.js").Channel} channel */
async function deleteNewest(guild, channel) {
  const messages = await api.messages(channel.id, guild.owner_id);
  const newest = messages.findLast((/** @type {any} */ message) => message.author.id === store.world.bot.id);
  if (newest) await api.deleteMessage(channel.id, newest.id, guild.owner_id);
  else toast("The bot has written nothing here.", "info");
}

/** A button that wants a second press. @param {string} id @param {string} label @param {() => Promise<unknown>} act */
function sureButton(id, label, act) {
  const control = h("button", { type: "button", id, class: "button is-secondary" }, label);
  let sure = false;
  control.addEventListener("click", () => {
    if (sure) return void orToast(act);
    sure = true;
    control.textContent = `Press again to ${label[0].toLowerCase()}${label.slice(1)}`;
    setTimeout(() => {
      sure = false;
      control.textContent = label;
    }, SURE_FOR_MS);
    return undefined;
  });
  return control;
}

function personGroup() {
  const me = store.me;
  if (!me) return [];
  return [
    group(me.display_name, [
      allowedSwitch("dms-open", "takes direct messages", me.dms_open !== false, (open) =>
        api.changeUser(me.id, { dms_open: open }),
      ),
    ]),
  ];
}
