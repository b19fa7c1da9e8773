/** Where one types: messages, and commands as text or as a form with pills. */

import { api } from "./api.js";
import { ATTACHMENT, catalog, freeOptionFor } from "./command_catalog.js";
import { CommandForm } from "./command_form.js";
import { readCommandLine } from "./command_line.js";
import { CommandPicker } from "./command_picker.js";
import { FORUM, isThread } from "./channels.js";
import { byId, h, icon, iconButton } from "./dom.js";
import { listenForFiles } from "./file_drops.js";
import { fileTile } from "./file_tray.js";
import { BadValueError } from "./option_values.js";
import { nameOf } from "./people.js";
import { store } from "./store.js";

const MOST_FILES = 10;

export class Composer {
  /** @param {import("./acts.js").Acts} acts */
  constructor(acts) {
    this.acts = acts;
    this.root = /** @type {HTMLFormElement} */ (byId("composer"));
    this.box = byId("composer-box");
    this.input = /** @type {HTMLTextAreaElement} */ (byId("composer-input"));
    this.problem = byId("composer-problem");
    this.hint = byId("composer-hint");
    this.tray = byId("composer-files");
    /** @type {CommandForm | null} */
    this.form = null;
    /** @type {File[]} */
    this.files = [];
    /** @type {{entry: import("./command_catalog.js").Entry, values: Map<string, string | File>} | null} */
    this.lastSent = null;
    this.busy = false;
    /** @type {any} the message that is replied to */
    this.target = null;
    this.picker = new CommandPicker(this.input, (entry) => this.openForm(entry, new Map()));
    this.#listen();
  }

  #listen() {
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.input.addEventListener("input", () => this.#typed());
    this.root.addEventListener("keydown", (event) => this.#key(event));
    byId("composer-attach").addEventListener("click", () => byId("composer-file").click());
    const chooser = /** @type {HTMLInputElement} */ (byId("composer-file"));
    chooser.addEventListener("change", () => {
      this.takeFiles([...(chooser.files ?? [])]);
      chooser.value = "";
    });
    listenForFiles(byId("main"), (files) => this.takeFiles(files));
  }

  /** Start a command with a text, as the examples do. @param {string} name @param {string} prompt */
  begin(name, prompt) {
    const entry = catalog().find((each) => each.path === name);
    if (!entry) return;
    const first = entry.options.find((option) => option.type === 3);
    this.openForm(entry, new Map(first ? [[first.name, prompt]] : []));
  }

  /** @param {import("./command_catalog.js").Entry} entry @param {Map<string, string | File>} values */
  openForm(entry, values) {
    this.picker.close();
    this.replyTo(null); // Discord's commands are no replies
    this.form?.element.remove();
    this.#say(null);
    this.form = new CommandForm(entry, values, {
      onCancel: () => this.clear(),
      onEmptied: () => this.clear(`/${entry.path}`),
      suggest: (options, focused) => this.#suggest(entry.path, options, focused),
    });
    this.box.hidden = true;
    this.box.after(this.form.element);
    this.#showHint();
    const waiting = this.files;
    this.files = [];
    this.#drawFiles();
    if (waiting.length && entry.options.some((option) => option.type === ATTACHMENT)) this.takeFiles(waiting);
    this.form.draw();
    this.form.begin();
  }

  /** @param {string} path @param {Record<string, unknown>} options @param {string} focused */
  async #suggest(path, options, focused) {
    const answer = await api.autocomplete(store.userId, {
      guild_id: store.guild?.id ?? null,
      channel_id: store.channelId,
      command: path,
      options,
      focused,
    });
    return answer.choices;
  }

  /** Back to an empty text, or this one. @param {string} [text] */
  clear(text = "") {
    this.form?.element.remove();
    this.form = null;
    this.files = [];
    this.replyTo(null);
    this.box.hidden = false;
    this.input.value = text;
    this.#say(null);
    this.#drawFiles();
    this.#typed();
    this.input.focus();
  }

  /** @param {any} message null for none */
  replyTo(message) {
    if (message && this.form) this.clear();
    this.target = message;
    const bar = byId("composer-reply");
    bar.hidden = !message;
    if (!message) return;
    bar.replaceChildren(
      icon("reply"),
      h("span", null, "Replying to ", h("b", null, nameOf(message.author))),
      iconButton("Cancel reply", "close", () => (this.replyTo(null), this.input.focus())),
    );
    this.input.focus();
  }

  /** Put a text where the cursor is. @param {string} text */
  insert(text) {
    if (this.form) this.clear();
    this.input.setRangeText(text, this.input.selectionStart, this.input.selectionEnd, "end");
    this.input.focus();
    this.#typed();
  }

  /** @param {File[]} files chosen, dropped or pasted */
  takeFiles(files) {
    if (!files.length) return;
    const typed = this.form ? null : readCommandLine(this.input.value);
    if (typed?.entry.options.some((option) => option.type === ATTACHMENT))
      this.openForm(typed.entry, new Map(typed.values));
    if (this.form) {
      const left = this.form.takeFiles(files);
      this.#say(
        left.length
          ? `/${this.form.entry.path} has no free place for ${left.map((file) => file.name).join(", ")}.`
          : null,
      );
      return;
    }
    this.files = [...this.files, ...files].slice(0, MOST_FILES);
    this.#drawFiles();
    this.input.focus();
  }

  #drawFiles() {
    const tiles = this.files.map((file) =>
      fileTile(file, () => {
        this.files = this.files.filter((each) => each !== file);
        this.#drawFiles();
      }),
    );
    const imagine = this.files.length
      ? catalog().find((entry) => freeOptionFor(entry, new Set(), this.files[0]))
      : undefined;
    const offer = imagine
      ? h(
          "button",
          { type: "button", class: "option-chip", onclick: () => this.openForm(imagine, new Map()) },
          icon("spark"),
          `Use in /${imagine.path}`,
        )
      : null;
    this.tray.replaceChildren(...tiles, ...(offer ? [offer] : []));
    this.tray.hidden = !tiles.length;
  }

  #typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 200)}px`;
    this.#say(null);
    this.picker.update(this.input.value);
    this.#showHint();
  }

  /** While a command is typed as text: which options it has and which are given. */
  #showHint() {
    const typed = this.form || this.picker.isOpen ? null : readCommandLine(this.input.value);
    this.hint.hidden = !typed;
    if (!typed) return;
    const told = typed.entry.options.filter((option) => typed.values.has(option.name) || !/[2-9]$/.test(option.name)); // reference1 stands for its likes
    const chips = told.map((option) =>
      h(
        "span",
        { class: `hint-option ${typed.values.has(option.name) ? "is-given" : ""}`, title: option.description },
        option.name,
      ),
    );
    const open = h(
      "button",
      { type: "button", class: "link-button", onclick: () => this.openForm(typed.entry, new Map(typed.values)) },
      "Fill in as a form (Tab)",
    );
    this.hint.replaceChildren(h("b", null, `/${typed.entry.path}`), ...chips, open);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.defaultPrevented) return;
    const inText = event.target === this.input;
    if (inText && this.picker.takeKey(event)) return;
    const typed = inText ? readCommandLine(this.input.value) : null;
    if (event.key === "Enter" && !event.shiftKey && (inText || isOneOf(event.target, "TEXTAREA", "INPUT"))) {
      event.preventDefault();
      void this.#send();
    } else if (event.key === "Escape" && (this.form || this.target || this.input.value || this.files.length)) {
      event.preventDefault();
      this.clear();
    } else if (event.key === "Tab" && typed && !event.shiftKey) {
      event.preventDefault();
      this.openForm(typed.entry, new Map(typed.values));
    } else if (event.key === "ArrowUp" && inText && !this.input.value && this.lastSent) {
      event.preventDefault();
      this.openForm(this.lastSent.entry, new Map(this.lastSent.values));
    }
  }

  async #send() {
    if (this.busy) return;
    this.busy = true;
    this.form?.setBusy(true);
    try {
      if (this.form) await this.#sendCommand(this.form);
      else await this.#sendText();
    } catch (error) {
      this.form?.mark(error instanceof BadValueError ? error.option : null);
      this.#say(/** @type {Error} */ (error).message);
    } finally {
      this.busy = false;
      this.form?.setBusy(false);
    }
  }

  /** @param {CommandForm} form */
  async #sendCommand(form) {
    const place = { guild_id: store.guild?.id ?? null, channel_id: store.channelId };
    const userId = store.userId;
    const options = await form.options(userId);
    await this.acts.command(`/${form.entry.path}`, () =>
      api.slash(userId, { ...place, command: form.entry.path, options }),
    );
    this.lastSent = { entry: form.entry, values: form.values };
    this.clear();
  }

  async #sendText() {
    const text = this.input.value;
    if (text.startsWith("/")) {
      const typed = readCommandLine(text);
      if (!typed) throw new Error(`There is no command ${text.split(/\s/)[0]} here. Type / to see them all.`);
      if (typed.surplus) throw new Error(`/${typed.entry.path} has no option for “${typed.surplus}”.`);
      const form = new CommandForm(typed.entry, new Map(typed.values), {
        onCancel() {},
        onEmptied() {},
        suggest: async () => [],
      });
      return this.#sendCommand(form);
    }
    if (!text.trim() && !this.files.length) return;
    const uploads = this.files.length ? await api.upload(store.userId, this.files) : [];
    await api.say(store.userId, {
      channel_id: store.channelId,
      content: text.trim(),
      uploads: uploads.map((upload) => upload.upload_id),
      ...(this.target ? { reply_to: this.target.id } : {}),
    });
    this.acts.list?.toNewest();
    this.clear();
  }

  /** @param {string | null} problem shown near the text until one goes on typing */
  #say(problem) {
    this.problem.hidden = !problem;
    this.problem.replaceChildren(...(problem ? [icon("warning"), h("span", null, problem)] : []));
  }

  /** Fit the invitation to the place. */
  showPlace() {
    const channel = store.channel;
    byId("composer-area").hidden = !channel || channel.type === FORUM;
    if (this.target?.channel_id !== store.channelId) this.replyTo(null);
    const name = channel && isThread(channel) ? `“${channel.name}”` : `#${channel?.name ?? ""}`;
    const place = store.inDirectMessages() ? store.world.bot.name : name;
    this.input.placeholder = `Message ${place} or type /`;
    if (!this.form) this.#typed();
  }
}

/** @param {EventTarget | null} target @param {...string} names */
function isOneOf(target, ...names) {
  return target instanceof HTMLElement && names.includes(target.tagName);
}
