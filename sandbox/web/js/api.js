/** The sandbox's control API, from the same origin the page came from. */

const DISCORD = "/control/discord";

/** The sandbox refused; `message` is in plain words. */
export class RefusedError extends Error {}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
async function call(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new RefusedError("The sandbox does not answer. Is it still running in its terminal?");
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new RefusedError(body?.message ?? `The sandbox answered ${response.status}.`);
  return body;
}

/** @param {string} path @param {string} method @param {unknown} [body] */
function send(path, method, body) {
  return call(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** @param {string} userId @param {string} act @param {unknown} body */
function act(userId, act, body) {
  return send(`${DISCORD}/members/${userId}/${act}`, "POST", body);
}

export const api = {
  world: () => call(`${DISCORD}/world`),
  commands: () => call(`${DISCORD}/commands`),
  /** @param {string} channelId @param {string} userId */
  messages: (channelId, userId) => call(`${DISCORD}/channels/${channelId}/messages?as=${userId}`),
  /** @param {string} userId @param {File[]} files @returns {Promise<{upload_id: string, filename: string, size: number}[]>} */
  async upload(userId, files) {
    const form = new FormData();
    for (const file of files) form.append("file", file, file.name || "image.png");
    return call(`${DISCORD}/members/${userId}/uploads`, { method: "POST", body: form });
  },
  /** @param {string} userId @param {{guild_id: string | null, channel_id: string, command: string, options: Record<string, unknown>}} body */
  slash: (userId, body) => act(userId, "slash", body),
  /** @param {string} userId @param {Record<string, unknown>} body */
  menu: (userId, body) => act(userId, "menu", body),
  /** @param {string} userId @param {{channel_id: string, message_id: string, custom_id: string, values?: string[]}} body */
  click: (userId, body) => act(userId, "click", body),
  /** @param {string} userId @param {{modal_id: string, values: Record<string, unknown>}} body */
  submitModal: (userId, body) => act(userId, "submit_modal", body),
  /** @param {string} userId @param {Record<string, unknown>} body */
  autocomplete: (userId, body) => act(userId, "autocomplete", body),
  /** @param {string} userId @param {{channel_id: string, content: string, uploads: string[], reply_to?: string}} body */
  say: (userId, body) => act(userId, "message", body),
  /** @param {string} userId @param {{channel_id: string, message_id: string}} body */
  dismiss: (userId, body) => act(userId, "dismiss", body),
  /** @param {string} channelId @param {string} messageId @param {string} userId */
  deleteMessage: (channelId, messageId, userId) =>
    send(`${DISCORD}/channels/${channelId}/messages/${messageId}?as=${userId}`, "DELETE"),
  /** @param {string} interactionId */
  answered: (interactionId) => call(`${DISCORD}/interactions/${interactionId}?wait=response`),
  discordFaults: () => call(`${DISCORD}/faults`),
  discordFaultHelp: () => call(`${DISCORD}/faults/help`),
  /** @param {string} guildId @param {Record<string, unknown>} change */
  changeGuild: (guildId, change) => send(`${DISCORD}/guilds/${guildId}`, "PATCH", change),
  /** @param {string} channelId @param {Record<string, unknown>} change */
  changeChannel: (channelId, change) => send(`${DISCORD}/channels/${channelId}`, "PATCH", change),
  /** @param {string} channelId */
  deleteChannel: (channelId) => send(`${DISCORD}/channels/${channelId}`, "DELETE"),
  /** @param {string} userId @param {Record<string, unknown>} change */
  changeUser: (userId, change) => send(`${DISCORD}/users/${userId}`, "PATCH", change),
  /** @param {Record<string, unknown>} change */
  changeDiscordFaults: (change) => send(`${DISCORD}/faults`, "PATCH", change),
  /** @param {number} after */
  discordRequests: (after) => call(`${DISCORD}/requests?after=${after}`),
  /** @param {"resumable" | "invalid" | "reconnect"} how */
  cutGateway: (how) => send(`${DISCORD}/gateway/cut`, "POST", { how }),
  provider: () => call("/control/kie"),
  /** @param {Record<string, unknown>} change */
  changeProvider: (change) => send("/control/kie", "PATCH", change),
  providerRequests: () => call("/control/kie/requests"),
  resetProvider: () => send("/control/kie/reset", "POST"),
};

/** @param {string} userId @returns {string} the address of the stream of what this member sees */
export function eventsAddress(userId) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}${DISCORD}/events?as=${userId}`;
}
