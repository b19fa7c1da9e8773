/** Times as Discord writes them; the relative ones stay true while one looks. */

import { h } from "./dom.js";

const STEPS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["year", 31536000],
  ["month", 2629800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
]);
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "always" });
/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

/** @param {number} whenS Unix seconds @returns {string} like "in 2 minutes" */
function fromNow(whenS) {
  const distance = Math.round(whenS - Date.now() / 1000);
  if (distance === 0) return "now";
  const [unit, size] = STEPS.find(([, length]) => Math.abs(distance) >= length) ?? STEPS[STEPS.length - 1];
  return relative.format(Math.trunc(distance / size), unit);
}

/** @param {number} whenS Unix seconds @param {string} style one of Discord's letters */
export function timestamp(whenS, style) {
  const date = new Date(whenS * 1000);
  const full = date.toLocaleString(undefined, STYLES.F);
  const shown = style === "R" ? fromNow(whenS) : date.toLocaleString(undefined, STYLES[style] ?? STYLES.f);
  return h(
    "time",
    {
      class: "stamp",
      datetime: date.toISOString(),
      title: full,
      dataset: style === "R" ? { relative: String(whenS) } : {},
    },
    shown,
  );
}

/** @param {string} iso @returns {string} "14:03" today, with the date before */
export function clockTime(iso) {
  const date = new Date(iso);
  const time = date.toLocaleTimeString(undefined, { timeStyle: "short" });
  return date.toDateString() === new Date().toDateString()
    ? `Today at ${time}`
    : `${date.toLocaleDateString()} ${time}`;
}

/** Keep every relative time on the page true, once a second. */
export function startClock() {
  setInterval(() => {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("time[data-relative]"))) {
      const text = fromNow(Number(element.dataset.relative));
      if (element.textContent !== text) element.textContent = text;
    }
  }, 1000);
}
