/** The last requests of the bot to both services, with the answer each got. */

import { api } from "./api.js";
import { byId, h } from "./dom.js";

const SHOWN = 40;
let lastSeen = 0;
/** @type {any[]} */
let discord = [];

export async function drawRequests() {
  const [provider, fresh] = await Promise.all([
    api.providerRequests().catch(() => []),
    api.discordRequests(lastSeen).catch(() => []),
  ]);
  if (fresh.length) lastSeen = fresh[fresh.length - 1].n;
  discord = [...discord, ...fresh].slice(-SHOWN);
  fill("provider-requests", provider.slice(-SHOWN), (request) => request.code);
  fill("discord-requests", discord, (request) => request.error_code);
}

/** @param {string} id @param {any[]} requests oldest first @param {(request: any) => number | null} codeOf */
function fill(id, requests, codeOf) {
  const box = byId(id);
  if (!requests.length) return box.replaceChildren(h("p", { class: "panel-none" }, "No request yet."));
  return box.replaceChildren(...requests.toReversed().map((request) => line(request, codeOf(request))));
}

/** @param {any} request @param {number | null} code the service's own code, beside the HTTP status */
function line(request, code) {
  const status = request.status || "cut";
  const bad = !request.status || request.status >= 400 || (code && code !== 200);
  const own = code && code !== request.status ? ` ${code}` : "";
  const time = new Date(request.at * 1000);
  return h(
    "div",
    {
      class: `request ${bad ? "is-bad" : ""}`,
      title: `${Number.isNaN(time.getTime()) ? request.at : time.toLocaleTimeString()}  ${request.method} ${request.path}`,
    },
    h("span", { class: "request-status" }, `${status}${own}`),
    h("span", { class: "request-method" }, request.method),
    h("span", { class: "request-path" }, shortPath(request.path)),
  );
}

/** Leave the words of a path and the ends of its ids. @param {string} path */
function shortPath(path) {
  return path
    .split("?")[0]
    .replace(/\d{9,}/g, (id) => `…${id.slice(-4)}`)
    .replace(/[\w-]{24,}/g, "…");
}
