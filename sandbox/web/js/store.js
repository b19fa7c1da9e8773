/** What the page knows: the world, who one is, where one is. Parts subscribe by topic. */

import { DIRECT_MESSAGE, FORUM, asTree } from "./channels.js";

/**
 * @typedef {{id: string, type: number, allow: string, deny: string}} Overwrite
 * @typedef {{id: string, name: string, type: number, parent_id: string | null, overwrites?: Overwrite[], seen_by?: string[]}} Channel
 * @typedef {{user_id: string, name: string, display_name: string, bot: boolean, roles: string[], is_moderator: boolean}} Member
 * @typedef {{id: string, name: string, color: number}} Role
 * @typedef {{id: string, name: string, owner_id: string, premium_tier: number, channels: Channel[], roles: Role[], members: Member[]}} Guild
 * @typedef {{id: string, name: string, display_name: string, bot: boolean, dms_open?: boolean}} User
 * @typedef {{owner_id: string, bot: User, bot_connected: boolean, users: User[], guilds: Guild[], direct_channels: {id: string, user_id: string}[]}} World
 * @typedef {"world" | "place" | "me" | "commands" | "unread"} Topic
 */

const DIRECT = "@me";

class Store {
  constructor() {
    /** @type {World} */
    this.world = {
      owner_id: "",
      bot: { id: "", name: "", display_name: "", bot: true },
      bot_connected: false,
      users: [],
      guilds: [],
      direct_channels: [],
    };
    /** @type {any[]} */
    this.commands = [];
    this.userId = "";
    this.guildId = "";
    this.channelId = "";
    /** @type {Set<string>} */
    this.unread = new Set();
    /** @type {Map<Topic, Set<() => void>>} */
    this.listeners = new Map();
  }

  /** @param {Topic} topic @param {() => void} listener */
  on(topic, listener) {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
  }

  /** @param {...Topic} topics */
  tell(...topics) {
    for (const topic of topics) for (const listener of this.listeners.get(topic) ?? []) listener();
  }

  get guild() {
    return this.world.guilds.find((guild) => guild.id === this.guildId) ?? null;
  }

  /** @returns {Channel | null} */
  get channel() {
    return this.channelsHere().find((channel) => channel.id === this.channelId) ?? null;
  }

  get me() {
    return this.user(this.userId);
  }

  get myMembership() {
    return this.guild?.members.find((member) => member.user_id === this.userId) ?? null;
  }

  /** @param {string} id @returns {User | null} */
  user(id) {
    if (id === this.world.bot.id) return this.world.bot;
    return this.world.users.find((user) => user.id === id) ?? null;
  }

  inDirectMessages() {
    return this.guildId === DIRECT;
  }

  /** @returns {Channel[]} what one sees at the chosen place, threads and posts after the channel they lie below */
  channelsHere() {
    if (!this.inDirectMessages())
      return asTree(this.guild?.channels ?? []).filter((channel) => channel.seen_by?.includes(this.userId) ?? true);
    return this.world.direct_channels
      .filter((channel) => channel.user_id === this.userId)
      .map((channel) => ({ id: channel.id, name: this.world.bot.name, type: DIRECT_MESSAGE, parent_id: null }));
  }

  #firstChannelId() {
    return this.channelsHere().find((channel) => channel.type !== FORUM)?.id ?? "";
  }

  hasDirectMessages() {
    return this.world.direct_channels.some((channel) => channel.user_id === this.userId);
  }

  /** @returns {User[]} whom one may be here: the guild's people */
  peopleHere() {
    const guild = this.guild;
    if (!guild) return this.world.users;
    return guild.members
      .filter((member) => !member.bot)
      .map((member) => this.user(member.user_id))
      .filter((user) => user !== null);
  }

  /** @param {World} world */
  setWorld(world) {
    this.world = world;
    if (!this.guild && !(this.inDirectMessages() && this.hasDirectMessages())) this.guildId = world.guilds[0]?.id ?? "";
    if (!this.peopleHere().some((user) => user.id === this.userId)) this.userId = this.#firstPerson();
    if (!this.channel) this.channelId = this.#firstChannelId();
    this.tell("world");
  }

  /** A plain member before the owner and moderators: most is to be seen as one. */
  #firstPerson() {
    const plain = this.guild?.members.find((member) => !member.bot && !member.is_moderator);
    return plain?.user_id ?? this.peopleHere()[0]?.id ?? "";
  }

  /** @param {string} guildId @returns {boolean} whether one had to become somebody else, who is a member there */
  enterGuild(guildId) {
    this.guildId = guildId;
    const stays = this.inDirectMessages() || this.peopleHere().some((user) => user.id === this.userId);
    if (!stays) this.userId = this.#firstPerson();
    this.channelId = this.#firstChannelId();
    this.#arrived(stays ? ["place"] : ["place", "me"]);
    return !stays;
  }

  enterDirectMessages() {
    this.enterGuild(DIRECT);
  }

  /** @param {string} channelId */
  enterChannel(channelId) {
    this.channelId = channelId;
    this.#arrived(["place"]);
  }

  /** @param {string} userId */
  become(userId) {
    this.userId = userId;
    this.unread.clear();
    if (this.inDirectMessages()) {
      if (!this.hasDirectMessages())
        this.guildId =
          this.world.guilds.find((guild) => guild.members.some((member) => member.user_id === userId))?.id ?? "";
    }
    if (!this.channel) this.channelId = this.#firstChannelId();
    this.#arrived(["place", "me"]);
  }

  /** @param {string} channelId */
  markUnread(channelId) {
    this.unread.add(channelId);
    this.tell("unread");
  }

  /** @param {Topic[]} topics */
  #arrived(topics) {
    this.unread.delete(this.channelId);
    this.tell(...topics);
  }
}

export const store = new Store();
