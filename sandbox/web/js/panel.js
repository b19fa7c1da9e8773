/** The side panel: the provider's clock and balance, faults of both services, and their last requests. */

import { api } from "./api.js";
import { startBreakage } from "./breakage.js";
import { byId, h } from "./dom.js";
import { drawFaults, startFaults } from "./faults_panel.js";
import { drawRequests } from "./request_log.js";
import { orToast } from "./toasts.js";

const KEY = "plantain-panel";
const REFRESH_MS = 1500;
const SPEEDS = [1, 10, 50, 200];

export function startPanel() {
  byId("toggle-panel").addEventListener("click", () => (isOpen() ? close() : open()));
  byId("close-panel").addEventListener("click", close);
  byId("panel").addEventListener("keydown", (event) => event.key === "Escape" && close());
  byId("reset-provider").addEventListener("click", () => void orToast(api.resetProvider).then(refresh));
  startFaults();
  startBreakage();
  setOpen(localStorage.getItem(KEY) === "open");
  setInterval(() => isOpen() && !document.hidden && refresh(), REFRESH_MS);
}

function isOpen() {
  return document.body.classList.contains("has-panel");
}

function open() {
  setOpen(true);
  byId("close-panel").focus();
}

function close() {
  setOpen(false);
  byId("toggle-panel").focus();
}

/** @param {boolean} open */
function setOpen(open) {
  document.body.classList.toggle("has-panel", open);
  byId("toggle-panel").setAttribute("aria-expanded", String(open));
  localStorage.setItem(KEY, open ? "open" : "closed");
  if (open) void refresh();
}

async function refresh() {
  const provider = await api.provider().catch(() => null);
  drawProvider(provider);
  await drawFaults(provider);
  await drawRequests();
}

/** @param {any} provider null while it does not answer */
function drawProvider(provider) {
  const queries = counted(provider.queries, "status query", "status queries");
  const box = byId("provider");
  if (box.contains(document.activeElement) && document.activeElement?.tagName === "INPUT") return; // not under one's fingers
  if (!provider) return box.replaceChildren(h("p", { class: "panel-none" }, "The provider does not answer."));
  const facts = `${provider.speed}|${provider.balance}|${provider.creates}|${provider.queries}`;
  if (box.dataset.facts === facts) return undefined;
  box.dataset.facts = facts;
  const change = (/** @type {Record<string, unknown>} */ values) =>
    void orToast(() => api.changeProvider(values)).then(refresh);
  const speeds = SPEEDS.includes(provider.speed)
    ? SPEEDS
    : [...SPEEDS, provider.speed].sort((one, other) => one - other);
  const balance = h("input", {
    id: "balance",
    class: "text-input",
    type: "number",
    step: "1",
    value: provider.balance,
    onchange: () => change({ balance: Number(balance.value) }),
  });
  return box.replaceChildren(
    h(
      "div",
      { class: "setting" },
      h("span", { id: "speed-label" }, "Speed"),
      h(
        "div",
        { class: "segments", role: "group", "aria-labelledby": "speed-label" },
        speeds.map((speed) =>
          h(
            "button",
            { type: "button", "aria-pressed": String(speed === provider.speed), onclick: () => change({ speed }) },
            `${speed}×`,
          ),
        ),
      ),
    ),
    h("div", { class: "setting" }, h("label", { for: "balance" }, "Balance, credits"), balance),
    h("p", { class: "panel-facts" }, `${counted(provider.creates, "image", "images")} asked for · ${queries}`),
  );
}

/** @param {number} count @param {string} one @param {string} more */
function counted(count, one, more) {
  return `${count} ${count === 1 ? one : more}`;
}
