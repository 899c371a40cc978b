// RowsInView: a list of which only the rows that can be seen are in the document: ten thousand rows scroll like ten.
//
// `draw(item)` makes a row of the class's height. The list is a grid for those who hear it: its size and each row's place are told.
import { make } from "./dom.js";

const EXTRA = 8;  // rows above and below

export class RowsInView {
  // `rowHeight`: pixels, asked at each drawing, since a row is higher on narrow screens.
  constructor(label, rowHeight, draw) {
    this.rowHeight = rowHeight;
    this.draw = draw;
    this.items = [];
    this.space = make("div", { className: "rows-space", role: "presentation" });
    this.element = make("div", { className: "rows", tabIndex: 0, role: "table", "aria-label": label }, this.space);
    this.element.addEventListener("scroll", () => this.plan(), { passive: true });
    this.observer = new ResizeObserver(() => this.plan());
    this.observer.observe(this.element);
  }

  show(items) {
    this.items = items;
    this.stale = true;
    this.plan();
  }

  end() {
    this.observer.disconnect();
  }

  plan() {
    if (this.planned) return;
    this.planned = requestAnimationFrame(() => {
      this.planned = undefined;
      this.render();
    });
  }

  render() {
    const height = this.rowHeight();
    const first = Math.max(0, Math.floor(this.element.scrollTop / height) - EXTRA);
    const last = Math.min(this.items.length, Math.ceil((this.element.scrollTop + this.element.clientHeight) / height) + EXTRA);
    this.space.style.height = `${this.items.length * height}px`;
    this.element.setAttribute("aria-rowcount", this.items.length);
    if (!this.stale && first === this.first && last === this.last && height === this.height) return;
    [this.first, this.last, this.height, this.stale] = [first, last, height, false];
    const focused = document.activeElement?.closest?.("[data-key]")?.dataset.key;
    const control = document.activeElement?.dataset?.control;
    const rows = this.items.slice(first, last).map((item, index) => {
      const row = this.draw(item);
      row.style.top = `${(first + index) * height}px`;
      row.setAttribute("aria-rowindex", first + index + 1);
      return row;
    });
    const hadFocus = this.space.contains(document.activeElement);
    this.space.replaceChildren(...rows);
    if (!hadFocus) return;
    const row = rows.find((one) => one.dataset.key === focused);
    (row?.querySelector(`[data-control="${control}"]`) ?? this.element).focus({ preventScroll: true });
  }
}
