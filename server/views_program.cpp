#include "views_program.hpp"

#include <algorithm>
#include <asio/ip/host_name.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "agent/metrics.hpp"
#include "host/own_process.hpp"
#include "host/service/run_report.hpp"
#include "http/exposition_reply.hpp"
#include "http/listener.hpp"
#include "http/router.hpp"
#include "http/text_route.hpp"
#include "http/tls_holder.hpp"
#include "net/loops.hpp"
#include "process_setup.hpp"
#include "server_config.hpp"
#include "serving.hpp"
#include "store/etcd_store.hpp"
#include "store/store_address.hpp"
#include "tokens.hpp"
#include "views/view_service.hpp"

namespace server {
namespace {

namespace log = agent::log;
namespace net = agent::net;

// Members may be given as URLs, as lainlet takes them.
std::string without_schemes(std::string members) {
  constexpr std::string_view kScheme = "http://";
  for (std::size_t at; (at = members.find(kScheme)) != std::string::npos;) members.erase(at, kScheme.size());
  return members;
}

store::EtcdOptions etcd_options(const ViewsProgram& program) {
  store::EtcdOptions options;
  options.endpoints = store::parse_store_address("etcd://" + without_schemes(program.etcd)).endpoints;
  options.prefix = program.prefix;
  options.is_foreign = true;
  return options;
}

views::ViewOptions view_options(const ViewsProgram& program) {
  views::ViewOptions options;
  options.prefix = program.prefix;
  options.ip = program.ip;
  asio::error_code unknown;
  options.host_name = asio::ip::host_name(unknown);
  options.version = AGENT_SERVER_VERSION;
  options.lain_access = !program.is_open;
  return options;
}

// The command line says it on purpose, so nothing but the warning speaks against it.
ListenAddress listen_address_of(const ViewsProgram& program) {
  ServerConfig config;
  config.listen = program.web.starts_with(':') ? program.web.substr(1) : program.web;
  config.insecure = true;
  std::vector<std::string> warnings;
  ListenAddress listen = listen_address(config, warnings);
  if (program.token_file.empty() && !is_loopback(listen.address))
    log::warn("-web {}: whoever reaches it reads the views{}", program.web,
              program.is_open ? "" : " that its source address allows");
  return listen;
}

void open_program_log(const ViewsProgram& program) {
  log::Options options;
  options.to_stdout = true;
  options.name = "agent-server";
  options.level = log::parse_level(program.is_debug ? "debug" : "info");
  log::open(options);
}

// As lainlet has it, in the place of the server's own.
Route version_route() {
  Route route;
  route.method = "GET";
  route.pattern = "/version";
  route.summary = "The version, bare";
  route.content_type = "text/plain";
  route.handler = ReplyHandler([](Request&) { return text_reply(200, AGENT_SERVER_VERSION); });
  return route;
}

Route metrics_route(agent::metrics::Registry& metrics) {
  return text_route("/metrics", "Series in Prometheus' text format",
                    ReplyHandler([&metrics](Request&) { return exposition_reply(metrics.expose()); }));
}

}  // namespace

void serve_views(const ViewsProgram& program) {
  agent::host::end_well_when_told();
  agent::host::RunReport report("agent-server", AGENT_SERVER_VERSION);
  open_program_log(program);
  const ListenAddress listen = listen_address_of(program);
  const Tokens tokens(program.token_file);
  raise_file_limit();
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  limit_heaps(threads);

  agent::metrics::Registry metrics;
  net::Loops loops(threads);
  store::EtcdStore store(etcd_options(program));  // closes before the loops end
  Router router;
  views::ViewService views(view_options(program), store);
  views.add_routes(router);
  views.add_metrics(metrics);
  router.add(version_route());
  router.add(metrics_route(metrics));
  views.start(loops.front());

  ListenerOptions options;
  options.has_any_name = true;
  if (tokens.is_required())
    options.hooks.api_token = [&tokens](std::string_view token) { return tokens.grant_for(token); };
  const TlsHolder tls;
  Serving serving(loops, report, listen, std::move(options), router, tls, metrics);
  serving.run([&views] { views.stop(); }, [] { return true; });
  store.close();
  serving.check();
}

}  // namespace server
