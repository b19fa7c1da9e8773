/** One message: whose it is, what it answers, what it says, and the notes below it. */

import { h, icon, iconButton } from "./dom.js";
import { fileLine, renderComponents, textOf } from "./components.js";
import { gallery } from "./gallery.js";
import { markdown, plainLine } from "./markdown.js";
import { avatar, nameOf, roleColour } from "./people.js";
import { clockTime } from "./timestamps.js";

const COMPONENTS_V2 = 1 << 15;
const CHAT_INPUT_COMMAND = 20;

/**
 * @typedef {{
 *   press: (message: any, customId: string, values?: string[]) => void,
 *   dismiss: (message: any) => void,
 *   reply: (message: any) => void,
 *   openMenu: (message: any, anchor: HTMLElement) => void,
 *   openPerson: (userId: string, anchor: HTMLElement) => void,
 *   goTo: (messageId: string) => void,
 * }} MessageActs
 */

/**
 * @param {any} message as the sandbox shows it to this member
 * @param {boolean} grouped whether it follows one of the same author closely
 * @param {MessageActs} acts
 * @returns {HTMLElement}
 */
export function renderMessage(message, grouped, acts) {
  const above = contextLine(message, acts);
  const full = !grouped || Boolean(above);
  const item = h(
    "li",
    {
      class: `message ${full ? "" : "is-grouped"} ${message.ephemeral ? "is-ephemeral" : ""}`,
      id: `message-${message.id}`,
      tabindex: "-1",
      oncontextmenu: (/** @type {Event} */ event) => rightClick(event, message, acts),
    },
    above,
    full
      ? avatar(message.author)
      : h(
          "time",
          { class: "message-side-time", datetime: message.timestamp },
          new Date(message.timestamp).toLocaleTimeString(undefined, { timeStyle: "short" }),
        ),
    h(
      "div",
      { class: "message-body" },
      full ? header(message, acts) : null,
      body(message, acts),
      footer(message, acts),
    ),
    h(
      "div",
      { class: "message-tools" },
      message.ephemeral ? null : iconButton("Reply", "reply", () => acts.reply(message)),
      menuButton(message, acts),
    ),
  );
  if (message.mentionsMe) item.classList.add("is-for-me");
  return item;
}

/** @param {any} message @param {MessageActs} acts @returns {HTMLElement} */
function menuButton(message, acts) {
  const button = iconButton("More", "dots", () => acts.openMenu(message, button));
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  return button;
}

/** A right click, or the menu key: on the author their menu, elsewhere the message's. @param {Event} event @param {any} message @param {MessageActs} acts */
function rightClick(event, message, acts) {
  const at = /** @type {HTMLElement} */ (event.target);
  if (at.closest("a, textarea, input") || getSelection()?.toString()) return; // the browser's own menu is of use there
  event.preventDefault();
  const item = /** @type {HTMLElement} */ (event.currentTarget);
  const author = /** @type {HTMLElement | null} */ (item.querySelector(".message-author"));
  if (author && at.closest(".message-author, .message > .avatar")) acts.openPerson(message.author.id, author);
  else acts.openMenu(message, /** @type {HTMLElement} */ (item.querySelector("[aria-label='More']")));
}

/** @param {any} message @param {MessageActs} acts */
function header(message, acts) {
  const author = h(
    "button",
    {
      type: "button",
      class: "message-author",
      style: { "--role": roleColour(message.author.id) ?? "inherit" },
      title: `Apps and more for ${nameOf(message.author)}`,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      onclick: () => acts.openPerson(message.author.id, author),
    },
    nameOf(message.author),
  );
  return h(
    "div",
    { class: "message-head" },
    author,
    message.author.bot ? h("span", { class: "app-mark" }, "APP") : null,
    h(
      "time",
      { class: "message-time", datetime: message.timestamp, title: new Date(message.timestamp).toLocaleString() },
      clockTime(message.timestamp),
    ),
  );
}

/** The small line above: what is replied to, or which command was used. @param {any} message @param {MessageActs} acts */
function contextLine(message, acts) {
  if (message.message_reference) {
    const target = message.referenced_message;
    if (!target) return h("div", { class: "message-context" }, h("em", null, "Original message was deleted"));
    return h(
      "button",
      { type: "button", class: "message-context", onclick: () => acts.goTo(target.id) },
      avatar(target.author, "tiny"),
      h("span", { class: "context-name" }, nameOf(target.author)),
      h("span", { class: "context-text" }, plainLine(textOf(target)) || "Press to see the message"),
    );
  }
  const used = message.interaction_metadata;
  if (!used?.name) return null;
  return h(
    "div",
    { class: "message-context" },
    avatar(used.user, "tiny"),
    h("span", { class: "context-name" }, nameOf(used.user)),
    h("span", null, "used"),
    h("span", { class: "context-command" }, message.type === CHAT_INPUT_COMMAND ? `/${used.name}` : used.name),
  );
}

/** @param {any} message @param {MessageActs} acts */
function body(message, acts) {
  if (message.interaction_state === "thinking") {
    return h(
      "div",
      { class: "thinking" },
      h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      `${nameOf(message.author)} is thinking…`,
    );
  }
  const parts = [];
  if (message.content) parts.push(h("div", { class: "message-text" }, markdown(message.content)));
  for (const embed of message.embeds ?? []) parts.push(renderEmbed(embed));
  if (!(message.flags & COMPONENTS_V2)) parts.push(...attachments(message.attachments ?? []));
  if (message.components?.length)
    parts.push(renderComponents(message.components, (customId, values) => acts.press(message, customId, values)));
  const edited = message.edited_timestamp
    ? h("span", { class: "edited", title: new Date(message.edited_timestamp).toLocaleString() }, "(edited)")
    : null;
  return h("div", { class: "message-content" }, parts, edited);
}

/** @param {any[]} files */
function attachments(files) {
  const pictures = files.filter((file) => file.content_type?.startsWith("image/"));
  const others = files.filter((file) => !pictures.includes(file));
  return [
    pictures.length
      ? gallery(
          pictures.map((file) => ({
            url: file.url,
            alt: file.description ?? "",
            width: file.width,
            height: file.height,
            spoiler: file.filename.startsWith("SPOILER_"),
          })),
        )
      : null,
    ...others.map((file) => fileLine(file.filename, file.size, file.url)),
  ].filter((part) => part !== null);
}

/** @param {any} embed */
function renderEmbed(embed) {
  const colour = typeof embed.color === "number" ? `#${embed.color.toString(16).padStart(6, "0")}` : null;
  return h(
    "div",
    { class: "container has-accent", style: colour ? { "--accent": colour } : {} },
    embed.title ? h("strong", null, embed.title) : null,
    embed.description ? h("div", null, markdown(embed.description)) : null,
    (embed.fields ?? []).map((/** @type {any} */ field) =>
      h("div", null, h("strong", null, field.name), markdown(field.value)),
    ),
    embed.image?.url
      ? gallery([
          {
            url: embed.image.url,
            alt: embed.image.description ?? "",
            width: embed.image.width,
            height: embed.image.height,
          },
        ])
      : null,
    embed.footer?.text ? h("div", { class: "md-small" }, embed.footer.text) : null,
  );
}

/** @param {any} message @param {MessageActs} acts */
function footer(message, acts) {
  if (!message.ephemeral) return null;
  return h(
    "div",
    { class: "only-you" },
    icon("eye"),
    "Only you can see this · ",
    h("button", { type: "button", class: "link-button", onclick: () => acts.dismiss(message) }, "Dismiss message"),
  );
}
