/** The large view of pictures: Escape closes, arrows go on, a click on the picture shows it in full size. */

import { byId, h, icon, iconButton, keepFocusInside } from "./dom.js";

/**
 * @param {import("./gallery.js").Picture[]} pictures
 * @param {number} start
 * @param {HTMLElement} opener gets the focus back
 */
export function openViewer(pictures, start, opener) {
  let index = start;
  const image = h("img", { class: "viewer-image", onclick: () => image.classList.toggle("is-full") });
  const caption = h("p", { class: "viewer-caption" });
  const facts = h("p", { class: "viewer-facts" });
  const original = h(
    "a",
    { class: "viewer-link", target: "_blank", rel: "noopener" },
    "Open original",
    icon("outside"),
  );
  const several = pictures.length > 1;
  const show = () => {
    const picture = pictures[index];
    image.classList.remove("is-full");
    image.src = picture.url;
    image.alt = picture.alt;
    caption.textContent = picture.alt;
    original.href = picture.url;
    const size = picture.width ? `${picture.width} × ${picture.height}` : "";
    facts.textContent = [several ? `${index + 1} of ${pictures.length}` : "", size].filter(Boolean).join(" · ");
  };
  /** @param {number} step */
  const go = (step) => {
    index = (index + step + pictures.length) % pictures.length;
    show();
  };
  const close = () => {
    document.removeEventListener("keydown", onKey, true);
    dialog.remove();
    opener.focus();
  };
  const dialog = h(
    "div",
    {
      class: "viewer",
      role: "dialog",
      "aria-modal": "true",
      "aria-label": "Picture viewer",
      onclick: (/** @type {Event} */ event) => event.target === stage && close(),
    },
    h("div", { class: "viewer-top" }, facts, original, iconButton("Close", "close", close, "viewer-close")),
    several ? iconButton("Previous picture", "chevron", () => go(-1), "viewer-step is-previous") : null,
    several ? iconButton("Next picture", "chevron", () => go(1), "viewer-step is-next") : null,
    caption,
  );
  const stage = h("div", { class: "viewer-stage" }, image);
  dialog.insertBefore(stage, dialog.children[1]);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "ArrowRight" && several) go(1);
    else if (event.key === "ArrowLeft" && several) go(-1);
    else return keepFocusInside(dialog, event);
    event.preventDefault();
    event.stopPropagation();
    return undefined;
  };
  show();
  byId("overlays").append(dialog);
  document.addEventListener("keydown", onKey, true);
  /** @type {HTMLElement} */ (dialog.querySelector(".viewer-close")).focus();
}
