/** The live stream of what one member sees; it reconnects by itself. */

import { eventsAddress } from "./api.js";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

export class EventStream {
  /**
   * @param {(event: any) => void} onEvent
   * @param {(connected: boolean) => void} onConnection
   */
  constructor(onEvent, onConnection) {
    this.onEvent = onEvent;
    this.onConnection = onConnection;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.waitMs = FIRST_WAIT_MS;
    this.timer = 0;
  }

  /** Watch as this member from now on. @param {string} userId */
  watch(userId) {
    clearTimeout(this.timer);
    const previous = this.socket;
    this.socket = null;
    previous?.close();
    this.#connect(userId);
  }

  /** @param {string} userId */
  #connect(userId) {
    const socket = new WebSocket(eventsAddress(userId));
    this.socket = socket;
    socket.onmessage = (message) => {
      if (this.socket !== socket) return;
      this.waitMs = FIRST_WAIT_MS;
      const event = JSON.parse(message.data);
      if (event.type === "hello") this.onConnection(true);
      this.onEvent(event);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return; // we left on purpose
      this.onConnection(false);
      this.timer = window.setTimeout(() => this.#connect(userId), this.waitMs);
      this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    };
  }
}
