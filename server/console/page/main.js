// The web page of agent-server: who is signed in, and which view the address names.
//
//   #/fleet, #/agent/<id>/<tab>/<rest>, #/run/<id>,<id>…, #/layouts/<id>, #/server
import { AgentView } from "./agent_view.js";
import { button, fill, foreign, make } from "./dom.js";
import { FleetView } from "./fleet_view.js";
import { LayoutsView } from "./layouts_view.js";
import { RunView } from "./run_view.js";
import { call, whenSignedOut } from "./server_calls.js";
import { ServerView } from "./server_view.js";
import { SignInView } from "./sign_in_view.js";
import { LANGUAGES, language, setLanguage, t } from "./text.js";

const PLACES = ["fleet", "layouts", "server"];

let session = null;
let view = null;
const main = make("main", { id: "main", tabIndex: -1 });
const header = make("header", { className: "top" });

const go = (hash) => {
  location.hash = hash;
};

function drawHeader() {
  const place = location.hash.split("/")[1] || "fleet";
  const link = (name) => make("a", { href: `#/${name}`, "aria-current": name === place ? "page" : "false" }, t(name));
  const select = make("select", { "aria-label": t("language"), onchange: () => chooseLanguage(select.value) },
    Object.entries(LANGUAGES).map(([code, name]) => make("option", { value: code, lang: code }, name)));
  select.value = language();
  const isIn = session && (session.signed_in || !session.asks_for_token);
  fill(header, make("a", { href: "#main", className: "skip", onclick: (event) => (event.preventDefault(), main.focus()) }, t("skip")),
    make("strong", {}, "agent-server"),
    isIn ? make("nav", { "aria-label": t("places") }, PLACES.map(link)) : undefined, make("span", { className: "gap" }),
    session?.signed_in ? foreign(session.name) : undefined,
    session?.signed_in ? button(t("sign_out"), signOut) : undefined, select);
}

function chooseLanguage(code) {
  setLanguage(code);
  show();
}

// "#/agent/a%2Fb/files/%2Fetc": its parts, decoded.
function parts() {
  return location.hash.replace(/^#\/?/, "").split("/").map((one) => {
    try {
      return decodeURIComponent(one);
    } catch {
      return one;
    }
  });
}

function viewOfAddress() {
  const [place, id, tab, rest] = parts();
  if (place === "agent" && id) return new AgentView({ id, tab, rest, go });
  if (place === "run" && id) return new RunView({ agents: location.hash.split("/")[2].split(",").map(decodeURIComponent) });
  if (place === "layouts") return new LayoutsView({ id, go });
  if (place === "server") return new ServerView();
  return new FleetView({ go });
}

function put(next) {
  view?.end();
  view = next;
  fill(main, view.element);
}

function show() {
  document.documentElement.lang = language();
  document.title = `agent-server · ${parts().slice(0, 2).filter(Boolean).join(" ") || t("fleet")}`;
  if (session?.asks_for_token && !session.signed_in) put(new SignInView({ why: session.why, done: signedIn }));
  else put(viewOfAddress());
  drawHeader();
}

function signedIn(next) {
  session = next;
  show();
}

async function signOut() {
  await call("DELETE", "/console/session").catch(() => {});
  session = { asks_for_token: true, signed_in: false };
  show();
}

// Once for each end of a session, however many requests hear of it. What the person was at stays in the address.
function lose() {
  if (session === null || (session.asks_for_token && !session.signed_in)) return;
  session = { asks_for_token: true, signed_in: false, why: t("session_over") };
  show();
}

async function start() {
  fill(document.body, header, main);
  drawHeader();
  whenSignedOut(lose);
  addEventListener("hashchange", () => {
    show();
    main.focus({ preventScroll: true });
  });
  try {
    session = await call("GET", "/console/session");
    show();
  } catch {
    fill(main, make("p", { role: "alert", className: "warning" }, t("server_unreachable"), " ", button(t("again"), () => location.reload())));
  }
}

start();
