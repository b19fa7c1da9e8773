/** Chosen files as tiles, with a button to choose more; files can be dropped and pasted on it too. */

import { sizeText } from "./components.js";
import { h, icon, iconButton } from "./dom.js";

/** @param {File} file @param {() => void} onRemove @param {string} [caption] @returns {HTMLElement} */
export function fileTile(file, onRemove, caption) {
  const picture = file.type.startsWith("image/");
  const address = picture ? URL.createObjectURL(file) : "";
  const remove = () => {
    if (address) URL.revokeObjectURL(address);
    onRemove();
  };
  return h(
    "div",
    { class: "file-tile" },
    picture ? h("img", { src: address, alt: "" }) : h("span", { class: "file-tile-icon" }, icon("file")),
    h(
      "span",
      { class: "file-tile-text" },
      caption ? h("b", null, caption) : null,
      h("span", { title: file.name }, file.name),
      h("small", null, sizeText(file.size)),
    ),
    iconButton(`Remove ${file.name}`, "close", remove),
  );
}

/** @param {DataTransfer | null} transfer @returns {File[]} */
export function filesIn(transfer) {
  return [...(transfer?.files ?? [])];
}

export class FileTray {
  /** @param {{most: number, inputId: string}} settings */
  constructor(settings) {
    this.most = settings.most;
    /** @type {File[]} */
    this.files = [];
    this.input = h("input", {
      type: "file",
      id: settings.inputId,
      class: "file-input",
      multiple: settings.most > 1,
      onchange: () => this.add([...this.input.files]),
    });
    this.tiles = h("div", { class: "tray-tiles" });
    this.invitation = h(
      "label",
      { class: "tray-invitation", for: settings.inputId },
      icon("plus"),
      h(
        "span",
        null,
        h("b", null, "Choose files"),
        settings.most > 1 ? `, up to ${settings.most}; or drop or paste them here` : "; or drop or paste one here",
      ),
    );
    this.element = h("div", { class: "tray" }, this.tiles, this.input, this.invitation);
    this.element.addEventListener("dragover", (/** @type {DragEvent} */ event) => event.preventDefault());
    this.element.addEventListener("drop", (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      event.stopPropagation();
      this.add(filesIn(event.dataTransfer));
    });
    this.element.addEventListener("paste", (/** @type {ClipboardEvent} */ event) =>
      this.add(filesIn(event.clipboardData)),
    );
  }

  /** @param {File[]} files those over the limit are left out */
  add(files) {
    this.files = [...this.files, ...files].slice(0, this.most);
    this.input.value = "";
    this.#draw();
  }

  #draw() {
    this.tiles.replaceChildren(
      ...this.files.map((file) =>
        fileTile(file, () => {
          this.files = this.files.filter((each) => each !== file);
          this.#draw();
        }),
      ),
    );
    this.invitation.hidden = this.files.length >= this.most;
  }
}
