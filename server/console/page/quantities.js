// Sizes and times as people read them.
import { language } from "./text.js";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function size(bytes) {
  let unit = 0;
  while (bytes >= 1024 && unit < UNITS.length - 1) {
    bytes /= 1024;
    ++unit;
  }
  return `${unit === 0 ? bytes : bytes.toFixed(bytes < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

// Unix seconds, in this browser's zone; "" for times that did not happen.
export function time(seconds) {
  if (!seconds || seconds < 0) return "";
  return new Intl.DateTimeFormat(language(), { dateStyle: "short", timeStyle: "medium" }).format(new Date(seconds * 1000));
}

// A duration in seconds: "3 d 4 h", "5 min 2 s".
export function duration(seconds) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const text = [];
  let rest = Math.max(0, Math.floor(seconds));
  for (const [length, unit] of parts) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) text.push(`${count} ${unit}`);
  }
  return text.slice(0, 2).join(" ") || "0 s";
}

export const percent = (value) => `${Number(value).toFixed(1)} %`;
