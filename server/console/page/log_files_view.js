// The log files that an agent has of its own, to download as an archive.
import { fill, foreign, make, table } from "./dom.js";
import { size, time } from "./quantities.js";
import { call, part } from "./server_calls.js";
import { t } from "./text.js";

export class LogFilesView {
  constructor({ id }) {
    this.id = id;
    this.element = make("section", {}, make("p", { role: "status" }, t("loading")));
    this.load();
  }

  end() {}

  async load() {
    try {
      const files = (await call("GET", `/api/agents/${part(this.id)}/logs`)) ?? [];
      const link = (name) => `/api/agents/${part(this.id)}/log/download?files=${part(name)}`;
      fill(this.element, files.length === 0 ? make("p", {}, t("no_logs"))
        : table(t("logs"), [t("file"), t("size"), t("changed"), t("actions")], files.map((file) => [foreign(file.name),
          size(file.size), time(file.mod_time), make("a", { href: link(file.name), download: "" }, t("download_zip"))])));
    } catch (error) {
      fill(this.element, make("p", { role: "alert", className: "warning" }, foreign(error.message)));
    }
  }
}
