/** The faults of both services in the side panel: each by name, with a search and one switch for all. */

import { api } from "./api.js";
import { byId, h } from "./dom.js";
import { faultRow } from "./fault_rows.js";
import { orToast } from "./toasts.js";

/** @typedef {Record<string, unknown>} Values faults by name as a service gives them: null, false or 0 while off */

/** @type {Record<string, string> | null} */
let discordHelp = null;
/** @type {Record<"discord" | "provider", Values>} */
const known = { discord: {}, provider: {} };

/** @type {Record<"discord" | "provider", (change: Values) => Promise<unknown>>} */
const APPLY = {
  discord: (change) => api.changeDiscordFaults(change),
  provider: (change) => api.changeProvider({ faults: change }),
};

export function startFaults() {
  const search = /** @type {HTMLInputElement} */ (byId("fault-search"));
  search.addEventListener("input", () => {
    filter(search.value);
    for (const service of ["discord", "provider"])
      if (search.value) /** @type {HTMLDetailsElement} */ (byId(`${service}-faults`).closest("details")).open = true;
  });
  byId("faults-off").addEventListener("click", () => void orToast(allOff));
}

/** @param {any} provider the provider's state, null while it does not answer */
export async function drawFaults(provider) {
  discordHelp ??= await api.discordFaultHelp().catch(() => null);
  show("discord", await api.discordFaults().catch(() => ({})), discordHelp ?? {});
  show("provider", provider?.faults ?? {}, provider?.fault_help ?? {});
  const count = [known.discord, known.provider].flatMap(Object.values).filter(isOn).length;
  byId("faults-off").hidden = !count;
  byId("faults-on").hidden = !count;
  byId("faults-on").textContent = String(count);
}

async function allOff() {
  for (const service of /** @type {const} */ (["discord", "provider"])) {
    const on = Object.entries(known[service]).filter(([, value]) => isOn(value));
    const off = Object.fromEntries(on.map(([name, value]) => [name, typeof value === "number" ? 0 : null]));
    if (on.length) show(service, await faultsAfter(service, off), helpOf(service));
  }
  await drawFaults(await api.provider());
}

/** @param {"discord" | "provider"} service @param {Values} change @returns {Promise<Values>} */
async function faultsAfter(service, change) {
  const answer = /** @type {any} */ (await APPLY[service](change));
  return service === "discord" ? answer : answer.faults;
}

/** @type {Record<string, string>} */
let providerHelp = {};

/** @param {"discord" | "provider"} service */
function helpOf(service) {
  return service === "discord" ? (discordHelp ?? {}) : providerHelp;
}

/** @param {"discord" | "provider"} service @param {Values} values @param {Record<string, string>} help */
function show(service, values, help) {
  if (service === "provider") providerHelp = help;
  const group = `${service}-faults`;
  const box = byId(group);
  const facts = JSON.stringify([values, Object.keys(help).length]);
  const typing = box.contains(document.activeElement) && document.activeElement?.matches("input:not([type=checkbox])");
  if (box.dataset.facts === facts || typing) return; // not under one's fingers
  box.dataset.facts = facts;
  known[service] = values;
  const focused = document.activeElement?.id;
  const change = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    void orToast(async () => {
      box.dataset.facts = ""; // a refused change must be drawn as it is
      show(service, await faultsAfter(service, { [name]: value }), helpOf(service));
    });
  const rows = Object.entries(values).map(([name, value]) =>
    faultRow({ group, service, name, value, help: help[name] ?? "", change: (wanted) => change(name, wanted) }),
  );
  box.replaceChildren(...(rows.length ? rows : [h("p", { class: "panel-none" }, "It does not answer.")]));
  const on = Object.values(values).filter(isOn).length;
  byId(`${group}-count`).textContent = on ? `${on} on` : "";
  filter(/** @type {HTMLInputElement} */ (byId("fault-search")).value);
  if (focused?.startsWith(group)) document.getElementById(focused)?.focus();
}

/** @param {string} text words of a fault's name or help */
function filter(text) {
  const wanted = text.trim().toLowerCase();
  for (const row of document.querySelectorAll(".fault"))
    /** @type {HTMLElement} */ (row).hidden = !row.textContent?.toLowerCase().includes(wanted);
}

/** @param {unknown} value */
function isOn(value) {
  return value !== null && value !== false && value !== 0;
}
