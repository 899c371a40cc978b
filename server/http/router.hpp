// Router: the table of routes. It finds the route of a request, and it is what the API's document is
// generated from.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/task.hpp"
#include "http/body_keys.hpp"
#include "http/parameter.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace server {

// Four forms of one thing: with or without waiting, enveloped (Payload) or raw (Reply). The request lives
// until the reply was written. What a handler throws becomes an error reply.
using PayloadHandler = std::function<Payload(Request&)>;
using PayloadTask = std::function<agent::Task<Payload>(Request*)>;
using ReplyHandler = std::function<Reply(Request&)>;
using ReplyTask = std::function<agent::Task<Reply>(Request*)>;
using Handler = std::variant<PayloadHandler, PayloadTask, ReplyHandler, ReplyTask>;

// A body of this size is enough for every JSON request; routes that take files say so themselves.
inline constexpr std::size_t kDefaultBodyLimit = 1024 * 1024;

struct Route {
  std::string_view method;   // "GET" also answers HEAD
  std::string_view pattern;  // "/api/agents/{id}"
  std::string_view summary;
  std::vector<Parameter> parameters;  // path parameters in the order of the pattern
  std::string schema;                 // JSON schema of the payload (schema.hpp), or "" = no payload
  Handler handler;
  std::string_view content_type = "";               // of a raw reply, for the document
  std::vector<std::string_view> stream_types{};     // of a reply without an end, for the document
  std::string body_schema = "";                     // JSON schema of the request's body, "" = none
  std::string_view body_type = "application/json";  // of that body; browsers must say so (415)
  bool authenticate = true;                         // false: open to everybody, also with API tokens
  bool is_page = false;     // a page for people, to which any page may link (Reply::is_page)
  bool for_agents = false;  // agents fetch it, under names that the server need not know; its pattern ends
                            // with its only parameter
  std::size_t body_limit = kDefaultBodyLimit;
  bool enveloped_failures = false;  // of a raw route: its failures are enveloped all the same
  // The parameter of the path that names the agent which the request is about: its handler runs where that
  // agent is (ListenerHooks::place). "": wherever the connection is.
  std::string_view at_agent = "";
  bool limited = false;         // 429: what it asks of an agent can be too much at once
  BodyKeys known_keys{};        // of body_schema, set by the router
  std::size_t index = 0;        // in Router::routes(), set by the router
  std::size_t agent_index = 0;  // of at_agent among the path's parameters, set by the router

  bool takes_json() const { return !body_schema.empty() && body_type == "application/json"; }
  bool is_enveloped() const { return handler.index() < 2; }
  // The document shows an envelope: of raw routes those with a schema answer so too.
  bool shows_envelope() const { return is_enveloped() || !schema.empty(); }
  bool fails_enveloped() const { return is_enveloped() || enveloped_failures; }
  // Its handler reads the request's body. For the others it is read and dropped before they run, so that
  // what is wrong with it is found before.
  bool takes_body() const { return handler.index() % 2 == 1 && method != "GET" && method != "DELETE"; }
};

class Router {
 public:
  Router();
  ~Router();

  // All routes are added before the listener starts.
  void add(Route route);
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;     // null: not found
    std::vector<std::string> values;  // of the path parameters, decoded
    std::string redirect;             // not empty: the route exists under this path (trailing slash)
  };
  // Any thread. `path` as sent, without the query.
  Match find(std::string_view method, std::string_view path) const;

  // The methods of a path as the header Allow has them, "GET, HEAD, OPTIONS"; those of all paths for "*". "":
  // there is no such path. Any thread.
  std::string allowed(std::string_view path) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace server
