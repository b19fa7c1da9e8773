/** Short notices in a corner, read out by screen readers. */

import { byId, h, icon, iconButton } from "./dom.js";

const SHOWN_MS = 6000;

/** @param {string} text @param {"problem" | "info"} [kind] */
export function toast(text, kind = "problem") {
  const element = h(
    "div",
    { class: `toast is-${kind}` },
    icon(kind === "problem" ? "warning" : "info"),
    h("span", null, text),
    iconButton("Close notice", "close", () => element.remove()),
  );
  byId("toasts").append(element);
  setTimeout(() => element.remove(), SHOWN_MS);
}

/** Run something and show why where it was refused. @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>} */
export async function orToast(work) {
  try {
    return await work();
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
