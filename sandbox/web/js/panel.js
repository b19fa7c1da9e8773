/** The side panel: the provider's clock and balance, faults of both services, and their last requests. */

import { api } from "./api.js";
import { byId, h } from "./dom.js";
import { faultRow } from "./fault_rows.js";
import { drawRequests } from "./request_log.js";
import { orToast } from "./toasts.js";

const KEY = "plantain-panel";
const REFRESH_MS = 1500;
const SPEEDS = [1, 10, 50, 200];

export function startPanel() {
  byId("toggle-panel").addEventListener("click", () => setOpen(!isOpen()));
  byId("close-panel").addEventListener("click", () => setOpen(false));
  byId("panel").addEventListener("keydown", (event) => event.key === "Escape" && setOpen(false));
  byId("reset-provider").addEventListener("click", () => void orToast(api.resetProvider).then(refresh));
  byId("cut-gateway").addEventListener("click", () => void orToast(() => api.cutGateway("resumable")));
  setOpen(localStorage.getItem(KEY) === "open");
  setInterval(() => isOpen() && !document.hidden && refresh(), REFRESH_MS);
}

function isOpen() {
  return document.body.classList.contains("has-panel");
}

/** @param {boolean} open */
function setOpen(open) {
  document.body.classList.toggle("has-panel", open);
  byId("toggle-panel").setAttribute("aria-expanded", String(open));
  localStorage.setItem(KEY, open ? "open" : "closed");
  if (open) void refresh();
}

async function refresh() {
  const [provider, discordFaults] = await Promise.all([
    api.provider().catch(() => null),
    api.discordFaults().catch(() => null),
  ]);
  drawProvider(provider);
  drawFaults("provider-faults", provider?.faults, provider?.fault_help ?? {}, (change) =>
    api.changeProvider({ faults: change }),
  );
  drawFaults("discord-faults", discordFaults, {}, (change) => api.changeDiscordFaults(change));
  await drawRequests();
}

/** @param {any} provider null while it does not answer */
function drawProvider(provider) {
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
    h("p", { class: "panel-facts" }, `${provider.creates} images asked for · ${provider.queries} status queries`),
  );
}

/**
 * @param {string} id @param {Record<string, unknown> | null | undefined} faults @param {Record<string, string>} help
 * @param {(change: Record<string, unknown>) => Promise<unknown>} apply
 */
function drawFaults(id, faults, help, apply) {
  const box = byId(id);
  const facts = JSON.stringify(faults ?? null);
  if (
    box.dataset.facts === facts ||
    (box.contains(document.activeElement) &&
      document.activeElement?.tagName === "INPUT" &&
      document.activeElement.getAttribute("type") !== "checkbox")
  )
    return;
  box.dataset.facts = facts;
  const focused = document.activeElement?.id;
  const names = Object.keys(faults ?? {});
  const change = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    void orToast(() => apply({ [name]: value })).then(() => ((box.dataset.facts = ""), refresh()));
  box.replaceChildren(
    ...names.map((name) => faultRow(id, name, faults?.[name], help[name], (value) => change(name, value))),
  );
  if (!names.length) box.append(h("p", { class: "panel-none" }, "None to switch here."));
  const on = names.filter((name) => isOn(faults?.[name])).length;
  byId(`${id}-count`).textContent = on ? `${on} on` : "";
  if (focused?.startsWith(id)) document.getElementById(focused)?.focus();
}

/** @param {unknown} value */
export function isOn(value) {
  return value !== null && value !== false && value !== 0 && value !== "" && !(Array.isArray(value) && !value.length);
}
