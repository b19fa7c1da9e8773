/** What a forum shows in place of messages: its posts. */

import { h, icon } from "./dom.js";
import { store } from "./store.js";

/** @param {string} forumId @returns {HTMLElement} one item for the list of messages */
export function forumPosts(forumId) {
  const posts = store.channelsHere().filter((channel) => channel.parent_id === forumId);
  return h(
    "li",
    { class: "posts" },
    h("h2", null, "Posts"),
    posts.map((post) =>
      h(
        "button",
        { type: "button", class: "example", onclick: () => store.enterChannel(post.id) },
        icon("thread"),
        h("span", null, post.name),
      ),
    ),
    posts.length ? null : h("p", null, "There is no post in this forum yet."),
  );
}
