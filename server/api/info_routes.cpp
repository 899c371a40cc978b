// GET /api/info/server, GET /version: what this server is.
#include "agent/error.hpp"
#include "api/api.hpp"
#include "http/schema.hpp"

namespace server {
namespace {

struct ServerView {
  std::string id;
  std::string version;
  std::uint64_t agents = 0;
  bool is_blocking = false;

  static void fields(auto& field) {
    field("id", &ServerView::id, "id of this server");
    field("version", &ServerView::version, "its version");
    field("agents", &ServerView::agents, "connected agents");
    field("is_blocking", &ServerView::is_blocking, "the cache's disk is too full");
  }
};

struct VersionView {
  std::string name = "agent-server";
  std::string version;

  static void fields(auto& field) {
    field("name", &VersionView::name, "name of the program");
    field("version", &VersionView::version, "its version");
  }
};

}  // namespace

void add_info_routes(Router& router, Api& api) {
  Route info;
  info.method = "GET";
  info.pattern = "/api/info/server";
  info.summary = "Facts about this server";
  info.schema = schema_of<ServerView>();
  info.handler = PayloadHandler([&api](Request&) {
    return payload(ServerView{api.options().id, api.options().version, api.hub().size(), api.blocked()});
  });
  router.add(std::move(info));

  Route version;
  version.method = "GET";
  version.pattern = "/version";
  version.summary = "Name and version of the program";
  version.content_type = "application/json";
  version.handler = ReplyHandler([&api](Request&) {
    return json_reply(200, agent::json::encode(VersionView{.version = api.options().version}));
  });
  router.add(std::move(version));
}

}  // namespace server
