/** One fault with its switch and its settings, which can be chosen before it is on. */

import { h, iconButton } from "./dom.js";

/** What a fault is switched on with, by `group-name`, and which of them show their settings. */
const drafts = /** @type {Map<string, Record<string, any>>} */ (new Map());
const opened = /** @type {Set<string>} */ (new Set());

/**
 * @typedef {"discord" | "provider"} Service whose faults take a route, times and seconds, or times or a chance
 * @typedef {{group: string, service: Service, name: string, value: unknown, help: string, change: (value: unknown) => void}} Fault
 */

/** @param {Fault} fault its value as the control API gave it */
export function faultRow(fault) {
  if (typeof fault.value === "number") return numberRow(fault);
  const on = fault.value !== null && fault.value !== false;
  const id = `${fault.group}-${fault.name}`;
  const toggle = h("input", {
    type: "checkbox",
    role: "switch",
    class: "switch",
    id,
    checked: on,
    "aria-describedby": `${id}-help`,
    onchange: () => fault.change(toggle.checked ? sent(fault.service, drafts.get(id) ?? {}) : null),
  });
  const settings = settingsOf(fault, id, on);
  settings.hidden = !opened.has(id);
  const more = iconButton(`Settings of ${inWords(fault.name)}`, "chevron", () => {
    settings.hidden = !settings.hidden;
    if (settings.hidden) opened.delete(id);
    else opened.add(id);
    more.setAttribute("aria-expanded", String(!settings.hidden));
  });
  more.setAttribute("aria-expanded", String(!settings.hidden));
  more.classList.add("fault-more");
  return h(
    "div",
    { class: `fault ${on ? "is-on" : ""}`, dataset: { fault: fault.name } },
    h("div", { class: "fault-line" }, ...nameAndHelp(id, fault), more, toggle),
    settings,
  );
}

/** @param {string} name */
function inWords(name) {
  return name.replace(/_(s|mb)$/, " ($1)").replaceAll("_", " ");
}

/** @param {string} id @param {Fault} fault */
function nameAndHelp(id, fault) {
  return [
    h(
      "div",
      { class: "fault-text" },
      h("label", { for: id }, inWords(fault.name)),
      h("small", { id: `${id}-help` }, fault.help.replaceAll("`", "")),
    ),
  ];
}

/** @param {Fault} fault */
function numberRow(fault) {
  const id = `${fault.group}-${fault.name}`;
  const input = h("input", {
    id,
    class: "text-input is-small",
    type: "number",
    step: "any",
    min: "0",
    value: fault.value,
    "aria-describedby": `${id}-help`,
    onchange: () => fault.change(Number(input.value)),
  });
  return h(
    "div",
    { class: `fault ${fault.value ? "is-on" : ""}`, dataset: { fault: fault.name } },
    h("div", { class: "fault-line" }, ...nameAndHelp(id, fault), input),
  );
}

/** @param {Service} service @param {Record<string, any>} settings @returns {unknown} what the service takes for "on" */
function sent(service, settings) {
  if (service === "discord")
    return { route: settings.route || "*", times: settings.times ?? null, seconds: settings.seconds ?? 1 };
  if (settings.times) return { times: settings.times };
  return settings.percent && settings.percent < 100 ? { probability: settings.percent / 100 } : true;
}

/** @param {Fault} fault @param {string} id @param {boolean} on */
function settingsOf(fault, id, on) {
  const known = /** @type {Record<string, any>} */ (
    on && typeof fault.value === "object" ? fault.value : (drafts.get(id) ?? {})
  );
  const now = { ...known };
  if (now.probability) now.percent = now.probability * 100;
  /** @param {string} key @param {unknown} value */
  const set = (key, value) => {
    now[key] = value;
    if (key === "percent") now.times = null; // the provider takes one of the two
    if (key === "times" && value) now.percent = null;
    drafts.set(id, { ...now });
    if (on) fault.change(sent(fault.service, now));
  };
  const name = inWords(fault.name);
  const times = setting(`${id}-times`, name, "times", now.times, "always", (text) =>
    set("times", text ? Number(text) : null),
  );
  if (fault.service === "provider") {
    const chance = setting(`${id}-percent`, name, "chance, %", now.percent, "100", (text) =>
      set("percent", text ? Number(text) : null),
    );
    return h("div", { class: "fault-settings" }, times, chance);
  }
  const route = setting(
    `${id}-route`,
    name,
    "route",
    now.route === "*" ? "" : now.route,
    "every request",
    (text) => set("route", text),
    "text",
  );
  const seconds = fault.help.includes("`seconds`")
    ? setting(`${id}-seconds`, name, "seconds", now.seconds ?? 1, "1", (text) => set("seconds", Number(text)))
    : null;
  return h("div", { class: "fault-settings" }, route, times, seconds);
}

/** @param {string} id @param {string} fault @param {string} label @param {unknown} value @param {string} placeholder @param {(text: string) => void} onChange @param {"number" | "text"} [type] */
function setting(id, fault, label, value, placeholder, onChange, type = "number") {
  const input = h("input", {
    id,
    class: "text-input is-small",
    type,
    min: type === "number" ? "0" : null,
    step: "any",
    value: value ?? "",
    placeholder,
    "aria-label": `${label} of ${fault}`,
    onchange: () => onChange(input.value),
  });
  return h("label", null, label, input);
}
