/** A bot's modal as a dialog. */

import { api } from "./api.js";
import { byId, h, icon, iconButton, keepFocusInside } from "./dom.js";
import { markdown } from "./markdown.js";
import { modalField } from "./modal_fields.js";
import { avatar } from "./people.js";
import { store } from "./store.js";

const TEXT_DISPLAY = 10;
const LABEL = 18;
const ACTION_ROW = 1;
const CHECKBOX = 23;

/** @param {{modal_id: string, title: string, components: any[]}} modal @param {string} userId who submits it, even if one is somebody else by then */
export function openModal(modal, userId) {
  document.querySelector(".modal-shade")?.remove();
  const opener = /** @type {HTMLElement | null} */ (document.activeElement);
  /** @type {import("./modal_fields.js").Field[]} */
  const fields = [];
  const parts = modal.components.map((component) => part(component, fields));
  const problem = h("p", { class: "modal-problem", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button is-primary" }, "Submit");
  const close = () => {
    shade.remove();
    opener?.focus();
  };
  const form = h(
    "form",
    { class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": "modal-title", novalidate: true },
    h(
      "header",
      { class: "modal-head" },
      avatar(store.world.bot, "small"),
      h("h2", { id: "modal-title" }, modal.title),
      iconButton("Close", "close", close),
    ),
    h("div", { class: "modal-body" }, parts, problem),
    h(
      "footer",
      { class: "modal-foot" },
      h("span", { class: "modal-hint" }, icon("info"), "This form goes to Plantain."),
      h("button", { type: "button", class: "button is-secondary", onclick: close }, "Cancel"),
      submit,
    ),
  );
  const shade = h("div", { class: "modal-shade" }, form);
  /** @param {string} text */
  const refuse = (text) => {
    problem.textContent = text;
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  };
  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    problem.hidden = true;
    for (const field of fields) {
      const wrong = field.problem();
      if (wrong === null) continue;
      refuse(wrong);
      return goToField(field);
    }
    submit.disabled = true;
    submit.classList.add("is-waiting");
    try {
      const failure = await send(modal.modal_id, userId, fields);
      if (failure) refuse(`${failure}. Nothing was sent on; open the form anew to try again.`);
      else close();
    } catch (error) {
      refuse(/** @type {Error} */ (error).message);
    } finally {
      submit.disabled = false;
      submit.classList.remove("is-waiting");
    }
    return undefined;
  });
  form.addEventListener("input", () => {
    problem.hidden = true;
    for (const marked of form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
  });
  shade.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    else keepFocusInside(form, event);
  });
  byId("overlays").append(shade);
  /** @type {HTMLElement | null} */ (
    form.querySelector(".modal-body input, .modal-body textarea, .modal-body button")
  )?.focus();
}

/** @param {import("./modal_fields.js").Field} field @returns {HTMLElement | null} where one types or picks */
function inputOf(field) {
  const inputs = [field.element, ...field.element.querySelectorAll("*")];
  return /** @type {HTMLElement | null} */ (
    inputs.find((each) => each.id === field.id) ?? field.element.querySelector("input")
  );
}

/** Mark the input a refusal is about, and go there. @param {import("./modal_fields.js").Field} field */
function goToField(field) {
  const input = inputOf(field);
  input?.setAttribute("aria-invalid", "true");
  input?.focus();
}

/** @param {any} component @param {import("./modal_fields.js").Field[]} fields takes the field where there is one */
function part(component, fields) {
  if (component.type === TEXT_DISPLAY) return h("div", { class: "modal-text" }, markdown(component.content));
  const input =
    component.type === LABEL
      ? component.component
      : component.type === ACTION_ROW
        ? component.components[0]
        : component;
  const label = component.type === LABEL ? component.label : (input.label ?? "");
  const field = modalField(input, label);
  fields.push(field);
  const about = component.description
    ? h("p", { class: "field-description", id: `${field.id}-about` }, component.description)
    : null;
  if (about) inputOf(field)?.setAttribute("aria-describedby", about.id);
  if (input.type === CHECKBOX)
    return h(
      "div",
      { class: "field is-check" },
      field.element,
      h("label", { class: "field-label", for: field.id }, label),
      about,
    );
  const mark =
    input.required === false ? null : h("span", { class: "required", title: "Required", "aria-hidden": "true" }, " *");
  const heading = field.labelsItself
    ? h("span", { class: "field-label" }, label, mark)
    : h("label", { class: "field-label", for: field.id }, label, mark);
  return h(
    "div",
    { class: "field", role: field.labelsItself ? "group" : null, "aria-label": field.labelsItself ? label : null },
    heading,
    about,
    field.element,
  );
}

/** @param {string} modalId @param {string} userId @param {import("./modal_fields.js").Field[]} fields @returns {Promise<string | null>} what failed */
async function send(modalId, userId, fields) {
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const field of fields) {
    const value = await field.value(userId);
    if (value !== undefined) values[field.customId] = value;
  }
  const started = await api.submitModal(userId, { modal_id: modalId, values });
  return (await api.answered(started.interaction_id)).failure;
}
