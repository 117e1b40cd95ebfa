// Makes elements. Nothing here reads HTML: a text from a client stays text.

/** An element with attributes, listeners ("onclick") and children; what is null or false is left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  fill(made, children);
  return made;
}

/** Replaces all children of a node. */
export function replace(node, ...children) {
  node.replaceChildren();
  fill(node, children);
}

function fill(node, children) {
  node.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
}

/** A button that does something. */
export function button(word, act, attributes = {}) {
  return element("button", { type: "button", onclick: act, ...attributes }, word);
}

/** A chip: a word with the colour of its kind. */
export function chip(kind, text) {
  return element("span", { class: `chip ${kind}` }, text);
}

/** A field under its label. */
export function labelled(text, field) {
  return element("label", {}, element("span", {}, text), field);
}

/** A choice between words. */
export function select(words, attributes = {}) {
  const options = words.map(([value, text]) => element("option", { value }, text ?? value));
  return element("select", attributes, ...options);
}

/** Something went wrong: says what, where it was to be shown. */
export function problem(error) {
  return element("p", { class: "problem", role: "alert" }, sentence(error.message));
}

/** A text that begins as a sentence does. */
export function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
