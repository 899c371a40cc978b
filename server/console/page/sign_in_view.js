// Signing in: the token goes to the server once and is kept nowhere.
import { field, fill, foreign, make } from "./dom.js";
import { CallError, call } from "./server_calls.js";
import { t } from "./text.js";

export class SignInView {
  constructor({ why = "", done }) {
    this.done = done;
    this.token = make("input", { type: "password", required: true, autocomplete: "off", spellcheck: false });
    this.problem = make("p", { role: "alert", className: "warning", hidden: why === "" }, why);
    this.submit = make("button", { type: "submit", className: "main" }, t("sign_in"));
    this.element = make("section", { className: "sign-in" }, make("h1", {}, t("sign_in")), this.problem,
      make("form", { onsubmit: (event) => this.send(event) }, field(t("token"), this.token, t("token_hint")), this.submit));
  }

  end() {}

  async send(event) {
    event.preventDefault();
    if (this.submit.disabled) return;
    this.submit.disabled = true;
    try {
      const session = await call("POST", "/console/session", { json: { token: this.token.value.trim() } });
      this.token.value = "";
      this.done(session);
    } catch (error) {
      this.problem.hidden = false;
      fill(this.problem, error instanceof CallError && error.code === 401 ? t("wrong_token") : foreign(error.message));
    } finally {
      this.submit.disabled = false;
    }
  }
}
