// What an agent says about itself, over the last minutes: as far back as this page has looked.
import { fill, foreign, make, table } from "./dom.js";
import { time } from "./quantities.js";
import { call, fetchRaw, part } from "./server_calls.js";
import { t } from "./text.js";

const PERIOD_MS = 5000;
const KEPT = 60;  // five minutes
const SHOWN = 300;
const TIMES = new Set(["received", "started"]);
const SVG = "http://www.w3.org/2000/svg";

// "name{labels} value" of each sample, as a map.
export function parseSeries(text) {
  const series = new Map();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const blank = line.lastIndexOf(" ");
    series.set(line.slice(0, blank), Number(line.slice(blank + 1)));
  }
  return series;
}

// A line through the values, for the eye; the table has the figure.
export function spark(values) {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const points = values.map((value, index) => `${(index * 96) / Math.max(values.length - 1, 1) + 2},${22 - ((value - low) / span) * 20}`);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 24");
  svg.setAttribute("class", "spark");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.join(" "));
  svg.append(line);
  return svg;
}

export class OwnReport {
  past = new Map();

  constructor({ id }) {
    this.id = id;
    this.element = make("section", {}, make("p", { role: "status" }, t("loading")));
    this.timer = setInterval(() => this.load(), PERIOD_MS);
    this.load();
  }

  end() {
    clearInterval(this.timer);
  }

  async load() {
    try {
      const { report } = await call("GET", `/api/agents/${part(this.id)}`);
      const response = await fetchRaw(`/api/agents/${part(this.id)}/metrics`);
      this.take(new Map([...Object.entries(report ?? {}), ...parseSeries(await response.text())]));
    } catch (error) {
      fill(this.element, make("p", { role: "alert", className: "warning" }, foreign(error.message)));
    }
  }

  take(series) {
    for (const [name, value] of series) {
      const values = this.past.get(name) ?? [];
      values.push(value);
      this.past.set(name, values.slice(-KEPT));
    }
    const rows = [...series].slice(0, SHOWN).map(([name, value]) =>
      [foreign(name), TIMES.has(name) ? time(value) : new Intl.NumberFormat().format(value), spark(this.past.get(name))]);
    fill(this.element, rows.length === 0 ? make("p", {}, t("no_report"))
      : table(t("report"), [t("series"), t("value"), t("course")], rows));
  }
}
