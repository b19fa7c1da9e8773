/** The messages of the open channel, kept as the sandbox says they are. */

import { api } from "./api.js";
import { FORUM } from "./channels.js";
import { textOf } from "./components.js";
import { byId, h, icon } from "./dom.js";
import { forumPosts } from "./forum.js";
import { plainLine } from "./markdown.js";
import { renderMessage } from "./message.js";
import { nameOf } from "./people.js";
import { store } from "./store.js";
import { emptyChannel } from "./welcome.js";

const GROUP_WITHIN_MS = 7 * 60 * 1000;
const NEAR_BOTTOM_PX = 120;

/** @typedef {{element: HTMLElement, message: any, grouped: boolean, failure: string | undefined}} Drawn */
/** @typedef {{id: string, text: string, failed: boolean, command: string}} Note what only this page knows: a command on its way or lost */

export class MessageList {
  /** @param {import("./message.js").MessageActs} acts @param {(example: string) => void} tryExample */
  constructor(acts, tryExample) {
    this.acts = acts;
    this.tryExample = tryExample;
    this.list = byId("messages");
    this.scroller = byId("message-scroller");
    this.jump = byId("jump-to-newest");
    /** @type {any[]} */
    this.messages = [];
    /** @type {Map<string, Drawn>} */
    this.drawn = new Map();
    /** @type {Map<string, string>} */
    this.failures = new Map();
    /** @type {Note[]} */
    this.notes = [];
    /** @type {Map<string, HTMLElement>} lines between days, by day */
    this.dayLines = new Map();
    /** @type {WeakMap<Note, HTMLElement>} */
    this.drawnNotes = new WeakMap();
    this.loads = 0;
    /** @type {(() => void)[] | null} changes that were told while the messages are being loaded */
    this.meanwhile = null;
    this.atBottom = true;
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.#step(event));
    new ResizeObserver(() => this.#stick()).observe(this.list);
    new ResizeObserver(() => this.#stick()).observe(this.scroller);
    this.jump.addEventListener("click", () => this.toNewest());
  }

  /** Read the whole channel again. @param {boolean} fresh whether it is another place than before */
  async load(fresh) {
    const channelId = store.channelId;
    const load = (this.loads += 1);
    if (fresh) this.#forget();
    if (!channelId || store.channel?.type === FORUM) {
      this.list.removeAttribute("aria-busy");
      return this.draw();
    }
    /** @type {(() => void)[]} */
    const meanwhile = (this.meanwhile = []);
    const messages = await api.messages(channelId, store.userId);
    if (load !== this.loads) return; // one has gone elsewhere meanwhile
    this.meanwhile = null;
    this.messages = messages;
    for (const change of meanwhile) change(); // the answer may be older than what was told while it was on its way
    this.list.removeAttribute("aria-busy");
    this.draw();
    if (fresh) this.toNewest();
  }

  #forget() {
    this.messages = [];
    this.drawn.clear();
    this.failures.clear();
    this.notes = [];
    this.list.replaceChildren();
    this.list.setAttribute("aria-busy", "true");
  }

  /** @param {any} message */
  put(message) {
    this.meanwhile?.push(() => this.put(message));
    const index = this.messages.findIndex((each) => each.id === message.id);
    if (index >= 0) this.messages[index] = message;
    else {
      this.messages.push(message);
      this.messages.sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
    }
    this.#announce(message);
    this.draw();
    if (index < 0 && !this.atBottom) this.jump.hidden = false;
  }

  /** @param {string} messageId */
  remove(messageId) {
    this.meanwhile?.push(() => this.remove(messageId));
    this.messages = this.messages.filter((message) => message.id !== messageId);
    this.draw();
  }

  /** Tell screen readers, briefly. @param {any} message */
  #announce(message) {
    const text = plainLine(textOf(message)).slice(0, 160);
    byId("announcer").textContent = `${nameOf(message.author)}: ${text}`;
  }

  /** @param {string} messageId @param {string | null} failure such as "This interaction failed" */
  setFailure(messageId, failure) {
    if (failure) this.failures.set(messageId, failure);
    else this.failures.delete(messageId);
    this.draw();
  }

  /** @param {Note} note replaces the one of the same id */
  setNote(note) {
    this.notes = [...this.notes.filter((each) => each.id !== note.id), note];
    this.draw();
  }

  /** @param {string} id */
  dropNote(id) {
    this.notes = this.notes.filter((each) => each.id !== id);
    this.draw();
  }

  /** Make the DOM show what is known, touching only what changed. */
  draw() {
    /** @type {HTMLElement[]} */
    const wanted = store.channel?.type === FORUM ? [forumPosts(store.channelId)] : [];
    let previous = null;
    for (const message of this.messages) {
      if (!previous || dayOf(previous) !== dayOf(message)) wanted.push(this.#dayLine(message));
      wanted.push(this.#elementFor(message, isGrouped(previous, message)));
      previous = message;
    }
    for (const note of this.notes) wanted.push(this.#noteElement(note));
    if (!wanted.length && !this.list.hasAttribute("aria-busy")) wanted.push(emptyChannel(this.tryExample));
    arrange(this.list, wanted);
    for (const id of [...this.drawn.keys()])
      if (!this.messages.some((message) => message.id === id)) this.drawn.delete(id);
    this.#stick();
  }

  /** @param {any} message @param {boolean} grouped */
  #elementFor(message, grouped) {
    const failure = this.failures.get(message.id);
    const before = this.drawn.get(message.id);
    if (before && before.message === message && before.grouped === grouped && before.failure === failure)
      return before.element;
    message.mentionsMe =
      message.author.id !== store.userId &&
      message.mentions?.some((/** @type {any} */ user) => user.id === store.userId);
    const element = renderMessage(message, grouped, this.acts);
    if (failure) element.querySelector(".message-body")?.append(failureLine(failure));
    if (before) carryOver(before.element, element);
    this.drawn.set(message.id, { element, message, grouped, failure });
    return element;
  }

  /** @param {any} message */
  #dayLine(message) {
    const day = dayOf(message);
    const line = this.dayLines.get(day) ?? dayLine(message);
    this.dayLines.set(day, line);
    return line;
  }

  /** @param {Note} note */
  #noteElement(note) {
    const element = this.drawnNotes.get(note) ?? this.#drawNote(note);
    this.drawnNotes.set(note, element);
    return element;
  }

  /** @param {Note} note */
  #drawNote(note) {
    const dismiss = h(
      "button",
      { type: "button", class: "link-button", onclick: () => this.dropNote(note.id) },
      "Dismiss",
    );
    return h(
      "li",
      { class: `note ${note.failed ? "is-failed" : ""}`, role: note.failed ? "alert" : "status" },
      note.failed ? icon("warning") : h("span", { class: "spinner", "aria-hidden": "true" }),
      h("span", null, h("b", null, note.command), " ", note.text),
      note.failed ? dismiss : null,
    );
  }

  /** Show that a control of a message waits for the bot. @param {string} messageId @param {string} customId @param {boolean} waits */
  setWaiting(messageId, customId, waits) {
    const element = this.drawn.get(messageId)?.element;
    element?.querySelector(`[data-custom-id="${CSS.escape(customId)}"]`)?.classList.toggle("is-waiting", waits);
  }

  /** @param {string} messageId */
  goTo(messageId) {
    const element = this.drawn.get(messageId)?.element;
    if (!element) return;
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.focus({ preventScroll: true });
    element.classList.remove("is-found");
    void element.offsetWidth; // lets the animation start anew
    element.classList.add("is-found");
  }

  /** Arrow keys go from message to message; Tab then reaches what is in it. @param {KeyboardEvent} event */
  #step(event) {
    const at = /** @type {HTMLElement} */ (event.target);
    if ((event.key !== "ArrowUp" && event.key !== "ArrowDown") || (at !== this.scroller && !at.matches(".message")))
      return;
    const all = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll(".message")]);
    const next = at === this.scroller ? all.length - 1 : all.indexOf(at) + (event.key === "ArrowUp" ? -1 : 1);
    if (!all[next]) return;
    event.preventDefault();
    all[next].focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  }

  toNewest() {
    this.atBottom = true;
    this.jump.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #scrolled() {
    this.atBottom = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_BOTTOM_PX;
    if (this.atBottom) this.jump.hidden = true;
  }

  #stick() {
    if (this.atBottom) this.scroller.scrollTop = this.scroller.scrollHeight;
  }
}

/** @param {any} previous @param {any} message */
function isGrouped(previous, message) {
  if (!previous || previous.author.id !== message.author.id || previous.ephemeral !== message.ephemeral) return false;
  if (dayOf(previous) !== dayOf(message)) return false;
  return Date.parse(message.timestamp) - Date.parse(previous.timestamp) < GROUP_WITHIN_MS;
}

/** @param {any} message */
function dayOf(message) {
  return new Date(message.timestamp).toDateString();
}

/** @param {any} message */
function dayLine(message) {
  return h(
    "li",
    { class: "day-line", role: "separator" },
    h("span", null, new Date(message.timestamp).toLocaleDateString(undefined, { dateStyle: "long" })),
  );
}

/** @param {string} text */
function failureLine(text) {
  return h("div", { class: "message-failure", role: "alert" }, icon("warning"), text);
}

/** Put the wanted children in place, leaving alone those that already are. @param {HTMLElement} list @param {HTMLElement[]} wanted */
function arrange(list, wanted) {
  const kept = new Set(wanted);
  for (const child of [...list.children]) if (!kept.has(/** @type {HTMLElement} */ (child))) child.remove();
  wanted.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null); // moving one takes its focus
  });
}

/** Keep loaded pictures, uncovered spoilers and the focus through an edit. @param {HTMLElement} before @param {HTMLElement} after */
function carryOver(before, after) {
  for (const image of /** @type {NodeListOf<HTMLImageElement>} */ (after.querySelectorAll("img[data-media]"))) {
    const loaded = /** @type {HTMLImageElement | null} */ (
      before.querySelector(`img[data-media="${CSS.escape(image.dataset.media ?? "")}"]`)
    );
    if (loaded?.complete && loaded.naturalWidth) image.replaceWith(loaded);
  }
  const covers = after.querySelectorAll(".spoiler");
  before.querySelectorAll(".spoiler").forEach((cover, index) => {
    if (cover.classList.contains("is-shown")) /** @type {HTMLElement | undefined} */ (covers[index])?.click();
  });
  const focused = /** @type {HTMLElement | null} */ (
    before.contains(document.activeElement) ? document.activeElement : null
  );
  if (!focused) return;
  const customId = focused.dataset.customId;
  const again = /** @type {HTMLElement | null} */ (
    customId ? after.querySelector(`[data-custom-id="${CSS.escape(customId)}"]:not(:disabled)`) : null
  );
  queueMicrotask(() => (again ?? after).focus({ preventScroll: true }));
}
