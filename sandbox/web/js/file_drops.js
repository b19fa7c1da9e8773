/** Files that are dropped on the channel or pasted anywhere on the page. */

import { filesIn } from "./file_tray.js";

/** @param {HTMLElement} area where files may be dropped @param {(files: File[]) => void} onFiles */
export function listenForFiles(area, onFiles) {
  area.addEventListener("dragover", (event) => {
    if (isBehindDialog() || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    area.classList.add("is-dropping");
  });
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(/** @type {Node | null} */ (event.relatedTarget))) area.classList.remove("is-dropping");
  });
  area.addEventListener("drop", (event) => {
    area.classList.remove("is-dropping");
    take(event, event.dataTransfer, onFiles);
  });
  document.addEventListener("paste", (event) => take(event, event.clipboardData, onFiles));
}

/** @param {Event} event @param {DataTransfer | null} transfer @param {(files: File[]) => void} onFiles */
function take(event, transfer, onFiles) {
  const files = filesIn(transfer);
  if (!files.length || isBehindDialog()) return;
  event.preventDefault();
  onFiles(files);
}

/** A dialog takes files itself. */
function isBehindDialog() {
  return document.querySelector("[aria-modal='true']") !== null;
}
