/** What an empty channel says: what this is and what to do now. */

import { h, icon } from "./dom.js";
import { store } from "./store.js";

const EXAMPLES = [
  "a lighthouse made of sea glass at dawn, soft mist",
  "a fox reading under an old plantain tree, watercolour",
  "a tiny bakery on the moon, isometric, warm light",
];

/** @param {(example: string) => void} tryExample */
export function emptyChannel(tryExample) {
  const known = store.commands.some((command) => command.name === "imagine");
  if (store.inDirectMessages())
    return h(
      "li",
      { class: "welcome" },
      h("h2", null, "Nothing here yet"),
      h("p", null, "Plantain writes here when it has something for you alone."),
    );
  return h(
    "li",
    { class: "welcome" },
    h("div", { class: "welcome-leaf", "aria-hidden": "true" }, icon("leaf")),
    h("h2", null, "Type ", h("kbd", null, "/imagine"), " and describe a picture"),
    h("p", null, "Plantain draws it and posts it here. Everything runs on this computer: no account, no key, no cost."),
    h(
      "div",
      { class: "welcome-examples" },
      h(
        "span",
        { class: "welcome-label" },
        known
          ? "Or start from one of these:"
          : store.world.bot_connected
            ? "This bot has no /imagine."
            : "Plantain is starting; its commands come in a moment.",
      ),
      EXAMPLES.map((example) =>
        h(
          "button",
          { type: "button", class: "example", disabled: !known, onclick: () => tryExample(example) },
          icon("spark"),
          h("span", null, example),
        ),
      ),
    ),
  );
}
