// Elements out of texts. Whatever comes from an agent, a file or an output becomes a text node or an attribute of this
// list, never markup: nothing in the page writes HTML.

const PROPERTIES = new Set(["type", "value", "checked", "disabled", "hidden", "htmlFor", "id", "className", "title", "name",
  "placeholder", "href", "download", "rows", "cols", "tabIndex", "autocomplete", "spellcheck", "multiple", "required", "min",
  "max", "open", "scope", "lang", "dir"]);

// make("button", {type: "button", onclick: f, "aria-label": "x"}, "text", child): an element. Names that begin with "on" are
// listeners, those with a hyphen and "role" are attributes, all others properties; undefined ones are left out.
export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "role" || name.includes("-")) element.setAttribute(name, value);
    else if (PROPERTIES.has(name)) element[name] = value;
    else throw new Error(`${name} is no option of make()`);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

// Puts these in the place of all that an element holds.
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

// A text that came from a machine. Its direction stays within it: right-to-left marks do not turn around what stands beside it.
export function foreign(text) {
  return make("bdi", {}, visible(String(text)));
}

// Control characters, and marks that change the direction of a text, as what they are.
export function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) =>
    `\u27e8${character.charCodeAt(0).toString(16).padStart(2, "0")}\u27e9`);
}

// A table with a caption for those who do not see it. `rows`: arrays of texts and elements.
export function table(caption, heads, rows) {
  return make("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
    make("table", {},
      make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, rows.map((row) => make("tr", {}, row.map((cell) => make("td", {}, cell)))))));
}

// Names and values. Values that are empty are left out.
export function facts(pairs) {
  return make("dl", { className: "facts" }, pairs.filter(([, value]) => value !== undefined && value !== "" && value !== null)
    .map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value instanceof Node ? value : foreign(value)))));
}

export function button(text, onclick, options = {}) {
  return make("button", { type: "button", onclick, ...options }, text);
}

// A field with its label above it.
export function field(label, input, hint) {
  input.id ||= `field-${++fields}`;
  return make("div", { className: "field" }, make("label", { htmlFor: input.id }, label), input,
    hint ? make("small", {}, hint) : undefined);
}
let fields = 0;
