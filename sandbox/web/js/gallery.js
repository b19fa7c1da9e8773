/** Pictures of a message: Discord's grid, covers for spoilers, and a click that opens the viewer. */

import { h } from "./dom.js";
import { openViewer } from "./viewer.js";

/** Pictures somebody uncovered, by their stable address, so that an edit of the message does not cover them again. */
const uncovered = new Set();

/**
 * @typedef {{url: string, alt: string, width?: number | null, height?: number | null, spoiler?: boolean, name?: string}} Picture
 */

/** How many pictures stand in each row, by their number. */
const ROWS = /** @type {Record<number, number[]>} */ ({
  1: [1],
  2: [2],
  4: [2, 2],
  5: [2, 3],
  6: [3, 3],
  7: [1, 3, 3],
  8: [2, 3, 3],
  9: [3, 3, 3],
  10: [1, 3, 3, 3],
});

/** @param {Picture[]} pictures */
export function gallery(pictures) {
  if (pictures.length === 1) return h("div", { class: "gallery is-single" }, tile(pictures, 0));
  if (pictures.length === 3)
    return h(
      "div",
      { class: "gallery is-three" },
      pictures.map((_, index) => tile(pictures, index)),
    );
  let index = 0;
  const rows = (ROWS[pictures.length] ?? ROWS[10]).map((count) => {
    const row = pictures.slice(index, index + count).map((_, offset) => tile(pictures, index + offset));
    index += count;
    return h("div", { class: `gallery-row of-${count}` }, row);
  });
  return h("div", { class: "gallery", style: { "--cell": String(cellRatio(pictures)) } }, rows);
}

/** Pictures of one shape keep it, so that nothing is cut away; others meet in the middle. @param {Picture[]} pictures */
function cellRatio(pictures) {
  const ratios = pictures.map((picture) => (picture.width && picture.height ? picture.width / picture.height : 1));
  const alike = ratios.every((ratio) => Math.abs(ratio - ratios[0]) < 0.02);
  return alike ? Math.min(Math.max(ratios[0], 0.7), 1.8) : 1;
}

/** @param {Picture} picture @returns {string} its address without the signature, which changes */
export function stableAddress(picture) {
  return picture.url.split("?")[0];
}

/** @param {Picture[]} pictures @param {number} index */
export function tile(pictures, index) {
  const picture = pictures[index];
  const key = stableAddress(picture);
  const covered = Boolean(picture.spoiler) && !uncovered.has(key);
  const image = h("img", {
    src: picture.url,
    alt: picture.alt,
    width: picture.width,
    height: picture.height,
    draggable: "false",
    dataset: { media: key },
    onerror: () => button.classList.add("is-broken"),
    onload: () => button.classList.remove("is-broken"),
  });
  const button = h(
    "button",
    {
      type: "button",
      class: `tile ${covered ? "is-covered" : ""}`,
      "aria-label": covered ? "Spoiler, press to show" : `Open picture: ${picture.alt || "no description"}`,
      style:
        picture.width && picture.height
          ? {
              "--ratio": `${picture.width} / ${picture.height}`,
              "--ratio-number": String(picture.width / picture.height),
            }
          : {},
      onclick: () => {
        if (!button.classList.contains("is-covered")) return openViewer(pictures, index, button);
        uncovered.add(key);
        button.classList.remove("is-covered");
        button.setAttribute("aria-label", `Open picture: ${picture.alt || "no description"}`);
        return undefined;
      },
    },
    image,
    picture.spoiler ? h("span", { class: "tile-cover", "aria-hidden": "true" }, "Spoiler") : null,
    picture.alt ? h("span", { class: "tile-alt", "aria-hidden": "true", title: picture.alt }, "ALT") : null,
  );
  return button;
}
