/** Components V2 of a message as DOM. */

import { h, icon } from "./dom.js";
import { gallery, tile } from "./gallery.js";
import { markdown } from "./markdown.js";
import { SELECT_TYPES, selectControl } from "./selects.js";
import { spoiler } from "./spoiler.js";

const ACTION_ROW = 1;
const BUTTON = 2;
const SECTION = 9;
const TEXT_DISPLAY = 10;
const THUMBNAIL = 11;
const MEDIA_GALLERY = 12;
const FILE = 13;
const SEPARATOR = 14;
const CONTAINER = 17;

const LINK_STYLE = 5;
const STYLE_NAMES = /** @type {Record<number, string>} */ ({
  1: "primary",
  2: "secondary",
  3: "success",
  4: "danger",
  5: "link",
  6: "premium",
});

/**
 * @typedef {(customId: string, values?: string[]) => void} Press what a press or a selection does
 */

/** @param {any[]} components @param {Press} press @returns {HTMLElement} */
export function renderComponents(components, press) {
  return h(
    "div",
    { class: "components" },
    components.map((component) => render(component, press)),
  );
}

/** @param {any} component @param {Press} press @returns {HTMLElement} */
function render(component, press) {
  switch (component.type) {
    case ACTION_ROW:
      return h(
        "div",
        { class: "action-row" },
        component.components.map((/** @type {any} */ child) => render(child, press)),
      );
    case BUTTON:
      return button(component, press);
    case SECTION:
      return h(
        "div",
        { class: "section" },
        h(
          "div",
          { class: "section-text" },
          component.components.map((/** @type {any} */ child) => render(child, press)),
        ),
        h("div", { class: "section-accessory" }, render(component.accessory, press)),
      );
    case TEXT_DISPLAY:
      return h("div", { class: "text-display" }, markdown(component.content));
    case THUMBNAIL:
      return h("div", { class: "thumbnail" }, tile([pictureOf(component)], 0));
    case MEDIA_GALLERY:
      return gallery(component.items.map(pictureOf));
    case FILE:
      return fileLine(component.name ?? "file", component.size ?? 0, component.file.url, component.spoiler);
    case SEPARATOR:
      return h("div", {
        class: `separator ${component.divider === false ? "is-bare" : ""} ${component.spacing === 2 ? "is-large" : ""}`,
        role: "separator",
      });
    case CONTAINER:
      return container(component, press);
    default:
      if (SELECT_TYPES.includes(component.type))
        return selectControl(component, (values) => press(component.custom_id, values));
      return h("div", { class: "unknown-component" }, `This page cannot draw component type ${component.type} yet.`);
  }
}

/** @param {any} component @param {Press} press */
function container(component, press) {
  const colour = component.accent_color;
  const children = component.components.map((/** @type {any} */ child) => render(child, press));
  const body = component.spoiler ? [spoiler("div", children)] : children;
  const hasColour = typeof colour === "number";
  return h(
    "div",
    {
      class: `container ${hasColour ? "has-accent" : ""}`,
      style: hasColour ? { "--accent": `#${colour.toString(16).padStart(6, "0")}` } : {},
    },
    body,
  );
}

/** @param {any} component @param {Press} press */
function button(component, press) {
  const emoji = component.emoji?.name
    ? h("span", { class: "emoji", "aria-hidden": component.label ? "true" : null }, component.emoji.name)
    : null;
  const content = [emoji, component.label ? h("span", null, component.label) : null];
  const look = `button is-${STYLE_NAMES[component.style] ?? "secondary"}`;
  if (component.style === LINK_STYLE && !component.disabled) {
    return h(
      "a",
      { class: look, href: component.url, target: "_blank", rel: "noopener noreferrer" },
      content,
      icon("outside"),
    );
  }
  return h(
    "button",
    {
      type: "button",
      class: look,
      disabled: component.disabled,
      dataset: { customId: component.custom_id ?? "" },
      onclick: () => press(component.custom_id),
    },
    content,
  );
}

/** @param {any} item a gallery item or a thumbnail @returns {import("./gallery.js").Picture} */
function pictureOf(item) {
  return {
    url: item.media.url,
    alt: item.description ?? "",
    width: item.media.width,
    height: item.media.height,
    spoiler: item.spoiler,
  };
}

/** @param {string} name @param {number} sizeBytes @param {string} address @param {boolean} [covered] */
export function fileLine(name, sizeBytes, address, covered) {
  const line = h(
    "div",
    { class: "file-line" },
    icon("file"),
    h(
      "div",
      null,
      h("a", { href: address, target: "_blank", rel: "noopener", download: name }, name),
      h("small", null, sizeText(sizeBytes)),
    ),
  );
  return covered ? spoiler("div", [line]) : line;
}

/** @param {number} sizeBytes */
export function sizeText(sizeBytes) {
  if (sizeBytes < 1024) return `${sizeBytes} B`;
  return sizeBytes < 1024 * 1024 ? `${(sizeBytes / 1024).toFixed(0)} KB` : `${(sizeBytes / 1024 / 1024).toFixed(1)} MB`;
}

/** @param {any[]} components @returns {any[]} every component in the tree, the outer ones first */
export function everyComponent(components) {
  return components.flatMap((component) => [
    component,
    ...everyComponent(component.components ?? []),
    ...(component.accessory ? [component.accessory] : []),
  ]);
}

/** @param {any} message @returns {string} its text, or what stands in for one */
export function textOf(message) {
  if (message.content) return message.content;
  const all = everyComponent(message.components ?? []);
  const text = all
    .filter((component) => component.type === TEXT_DISPLAY)
    .map((component) => component.content)
    .join("\n");
  if (text) return text;
  const pictured = all.some((component) => component.type === MEDIA_GALLERY) || message.attachments?.length;
  return pictured ? "Picture" : message.interaction_state === "thinking" ? "is thinking" : "";
}
