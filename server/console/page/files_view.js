// The files of a machine: browse, download, upload by choosing or by drag and drop.
import { button, field, fill, foreign, make, table } from "./dom.js";
import { percent, size, time } from "./quantities.js";
import { call, part, upload } from "./server_calls.js";
import { t } from "./text.js";

const join = (folder, name) => (folder.endsWith("/") ? folder : `${folder}/`) + name;
const above = (folder) => folder.replace(/\/+$/, "").replace(/[^/]*$/, "").replace(/(.)\/$/, "$1") || "/";

export class FilesView {
  uploads = new Set();

  constructor({ id, rest, go }) {
    this.id = id;
    this.go = go;
    this.folder = rest || "/";
    this.path = make("input", { type: "text", value: this.folder, spellcheck: false, autocomplete: "off" });
    this.problem = make("p", { role: "alert", className: "warning", hidden: true });
    this.list = make("div", {}, t("loading"));
    this.progress = make("ul", { className: "uploads" });
    this.choice = make("input", { type: "file", multiple: true, onchange: () => this.send([...this.choice.files]) });
    const form = make("form", { className: "bar", onsubmit: (event) => (event.preventDefault(), this.open(this.path.value)) },
      field(t("folder"), this.path), make("button", { type: "submit" }, t("open")),
      button(t("folder_above"), () => this.open(above(this.folder))), field(t("upload"), this.choice, t("upload_hint")));
    this.element = make("section", { className: "drop", ondragover: (event) => this.hover(event, true),
      ondragleave: (event) => this.hover(event, false), ondrop: (event) => this.drop(event) },
      form, this.progress, this.problem, this.list);
    this.load();
  }

  // What is on its way goes on while a person looks at something else of this page; leaving the page ends it.
  end() {}

  open(folder) {
    this.go(`#/agent/${part(this.id)}/files/${part(folder)}`);
  }

  hover(event, isOver) {
    event.preventDefault();
    this.element.classList.toggle("is-over", isOver);
  }

  drop(event) {
    this.hover(event, false);
    this.send([...event.dataTransfer.files]);
  }

  async load() {
    try {
      this.entries = (await call("GET", `/api/file/${part(this.id)}/ls?dir=${part(this.folder)}`)) ?? [];
      this.problem.hidden = true;
      this.draw();
    } catch (error) {
      fill(this.list);
      this.complain(foreign(error.message));
    }
  }

  complain(...what) {
    this.problem.hidden = false;
    fill(this.problem, ...what);
  }

  draw() {
    const rows = this.entries.map((entry) => [this.name(entry), entry.is_dir ? "" : size(entry.size),
      foreign(`${entry.user}:${entry.group}`), time(entry.mod_time)]);
    fill(this.list, rows.length === 0 ? make("p", {}, t("empty_folder"))
      : table(t("files"), [t("name"), t("size"), t("owner"), t("changed")], rows));
  }

  name(entry) {
    const path = join(this.folder, entry.name);
    const link = entry.is_dir ? { href: `#/agent/${part(this.id)}/files/${part(path)}` }
      : { href: `/api/file/${part(this.id)}/download?dir=${part(path)}`, download: entry.name };
    return make("span", {}, make("a", link, foreign(entry.name), entry.is_dir ? "/" : ""),
      entry.is_link ? [" → ", foreign(entry.link_dir ?? "")] : undefined);
  }

  async send(files) {
    this.choice.value = "";
    for (const file of files) {
      const isThere = this.entries?.some((entry) => entry.name === file.name);
      if (isThere && !confirm(t("replace_question", { name: file.name }))) continue;
      await this.sendOne(file);
    }
    this.load();
  }

  async sendOne(file) {
    const control = {};
    const bar = make("progress", { max: 1, value: 0, "aria-label": t("upload_of", { name: file.name }) });
    const state = make("span", { role: "status" });
    const stop = button(t("stop"), () => control.abort?.());
    const item = make("li", {}, foreign(file.name), " ", bar, " ", state, " ", stop);
    this.progress.append(item);
    const form = new FormData();
    form.append("dir", this.folder);
    form.append("file", file, file.name);
    try {
      await upload(`/api/file/${part(this.id)}/upload`, form, (sent, all) => {
        bar.value = all > 0 ? sent / all : 1;
        fill(state, `${percent((100 * sent) / Math.max(all, 1))} (${size(sent)})`);
      }, control);
      bar.value = 1;
      fill(state, t("uploaded", { size: size(file.size) }));
    } catch (error) {
      item.classList.add("is-bad");
      fill(state, error.name === "AbortError" ? t("upload_stopped") : error.code === 0 ? t("upload_broken") : foreign(error.message));
    }
    stop.remove();
  }
}
