// The texts of the page in the language that the person has chosen, or that the browser asks for.
import en from "./en.js";
import zh from "./zh.js";

export const LANGUAGES = { en: "English", zh: "中文" };
const TEXTS = { en, zh };
const KEY = "agent-console-language";

function preferred() {
  const kept = localStorage.getItem(KEY);
  if (kept in TEXTS) return kept;
  return navigator.languages.some((language) => language.toLowerCase().startsWith("zh")) ? "zh" : "en";
}

let current = preferred();
export const language = () => current;

export function setLanguage(next) {
  current = next;
  localStorage.setItem(KEY, next);
}

// The text of a key, with {names} in it replaced.
export function t(key, values = {}) {
  const text = TEXTS[current][key];
  if (text === undefined) throw new Error(`no text ${key} in ${current}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
