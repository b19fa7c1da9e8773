/** What one does to messages and commands, and what one is told when the bot fails. */

import { api } from "./api.js";
import { openModal } from "./modal.js";
import { store } from "./store.js";
import { orToast, toast } from "./toasts.js";

const SENDING_SHOWN_AFTER_MS = 250;

/** @typedef {import("./message_list.js").MessageList} MessageList */

export class Acts {
  constructor() {
    /** @type {MessageList | null} */
    this.list = null;
    this.notes = 0;
  }

  /** Press a control of a message, or choose in it. @param {any} message @param {string} customId @param {string[]} [values] */
  async press(message, customId, values) {
    const userId = store.userId;
    this.list?.setFailure(message.id, null);
    this.list?.setWaiting(message.id, customId, true);
    try {
      const body = {
        channel_id: message.channel_id,
        message_id: message.id,
        custom_id: customId,
        ...(values ? { values } : {}),
      };
      const started = await api.click(userId, body);
      const answer = await api.answered(started.interaction_id);
      if (store.userId !== userId) return; // what became of it is not for whom one is now
      if (answer.failure) this.list?.setFailure(message.id, answer.failure);
      if (answer.modal) openModal(answer.modal, userId);
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    } finally {
      this.list?.setWaiting(message.id, customId, false);
    }
  }

  /**
   * Send a command; raises what the sandbox refuses at once, and notes in the channel what comes later.
   * @param {string} command @param {() => Promise<{interaction_id: string}>} start
   */
  async command(command, start) {
    const userId = store.userId;
    const { interaction_id: interactionId } = await start();
    this.list?.toNewest();
    void this.#follow(command, interactionId, userId);
  }

  /** @param {string} command @param {string} interactionId @param {string} userId who used it */
  async #follow(command, interactionId, userId) {
    const id = `note-${(this.notes += 1)}`;
    const list = this.list;
    const timer = setTimeout(
      () => list?.setNote({ id, command, text: "is on its way …", failed: false }),
      SENDING_SHOWN_AFTER_MS,
    );
    const answer = await orToast(() => api.answered(interactionId));
    clearTimeout(timer);
    if (store.userId !== userId) return list?.dropNote(id);
    if (answer?.failure) {
      list?.setNote({ id, command, text: `· ${answer.failure}.`, failed: true });
      toast(answer.failure);
    } else list?.dropNote(id);
    if (answer?.modal) openModal(answer.modal, userId);
    return undefined;
  }

  /** @param {any} message */
  dismiss(message) {
    void orToast(() => api.dismiss(store.userId, { channel_id: message.channel_id, message_id: message.id }));
  }

  /** @param {string} messageId */
  goTo(messageId) {
    this.list?.goTo(messageId);
  }
}
