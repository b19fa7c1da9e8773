/** Kinds of channels: how they are drawn, and which lies below which. */

export const DIRECT_MESSAGE = 1;
export const FORUM = 15;
const CATEGORY = 4;
const VOICE_TYPES = [2, 13];
const THREAD_TYPES = [11, 12];

/** @typedef {import("./store.js").Channel} Channel */

/** @param {{type: number}} channel */
export function isThread(channel) {
  return THREAD_TYPES.includes(channel.type);
}

/** @param {Channel} channel @param {Channel[]} all @returns {"at" | "voice" | "forum" | "post" | "thread" | "hash"} */
export function kindOf(channel, all) {
  if (channel.type === DIRECT_MESSAGE) return "at";
  if (channel.type === FORUM) return "forum";
  if (VOICE_TYPES.includes(channel.type)) return "voice";
  if (!isThread(channel)) return "hash";
  return all.find((each) => each.id === channel.parent_id)?.type === FORUM ? "post" : "thread";
}

/** What a screen reader is told besides the name. */
export const KIND_WORDS = { at: "", hash: "", voice: "voice channel", forum: "forum", post: "post", thread: "thread" };

/** @param {ReturnType<typeof kindOf>} kind @returns {string} the icon's name; a post is a conversation as a thread is */
export function iconOf(kind) {
  return kind === "post" ? "thread" : kind;
}

/** @param {Channel[]} channels of a guild @returns {Channel[]} each followed by its threads or posts, categories left out */
export function asTree(channels) {
  const ids = new Set(channels.map((channel) => channel.id));
  return channels
    .filter((channel) => channel.type !== CATEGORY && !(isThread(channel) && ids.has(channel.parent_id ?? "")))
    .flatMap((channel) => [channel, ...channels.filter((child) => isThread(child) && child.parent_id === channel.id)]);
}
