/** Things hidden until somebody asks for them. */

import { h } from "./dom.js";

/** @param {string} tag @param {Node[]} content @returns {HTMLElement} text that a click uncovers */
export function spoiler(tag, content) {
  const inside = h("span", { class: "spoiler-inside", "aria-hidden": "true" }, content);
  const cover = h(
    tag,
    { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, press to show" },
    inside,
  );
  const show = () => {
    cover.classList.add("is-shown");
    inside.removeAttribute("aria-hidden");
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
  };
  cover.addEventListener("click", show);
  cover.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    show();
  });
  return cover;
}
