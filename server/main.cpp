// agent-server: the whole server in one screen.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "agent/metrics.hpp"
#include "api/api.hpp"
#include "backup_socket.hpp"
#include "base/journal_stream.hpp"
#include "command_line.hpp"
#include "commands/audit.hpp"
#include "commands/command_table.hpp"
#include "console/web_console.hpp"
#include "data_dir.hpp"
#include "fixtures_command.hpp"
#include "fleet/fleet_source.hpp"
#include "fleet/fleet_views.hpp"
#include "host/own_process.hpp"
#include "host/service/daemon.hpp"
#include "host/service/run_report.hpp"
#include "http/listener.hpp"
#include "http/router.hpp"
#include "http/tls_holder.hpp"
#include "hub/bindings.hpp"
#include "hub/hub.hpp"
#include "hub/serve_agent.hpp"
#include "metrics/metrics_service.hpp"
#include "net/loops.hpp"
#include "net/spawn.hpp"
#include "net/tls.hpp"
#include "open_store.hpp"
#include "process_setup.hpp"
#include "server_config.hpp"
#include "serving.hpp"
#include "signals.hpp"
#include "store_command.hpp"
#include "store_door/store_door.hpp"
#include "tokens.hpp"
#include "view_options.hpp"
#include "views/view_service.hpp"
#include "views_program.hpp"

namespace server {
namespace {

namespace log = agent::log;
namespace net = agent::net;
using agent::Errc;
using agent::Error;

unsigned count_shards(const ServerConfig& config) {
  return config.threads > 0 ? config.threads : std::max(1u, std::thread::hardware_concurrency());
}

// Each loop is a shard of the hub.
void attach(const net::Loops& loops, Hub& hub) {
  std::size_t number = 0;
  for (const auto& loop : loops) {
    hub.attach(*loop);
    loop->watch_busy(net::kBusyLimit, [number](std::string_view work, agent::Clock::duration time) {
      log::warn("shard {}: busy for {} ms: {}", number, time / std::chrono::milliseconds(1), work);
    });
    ++number;
  }
}

std::shared_ptr<net::TlsContext> tls_context(const ServerTlsConfig& tls) {
  if (tls.cert.empty()) return nullptr;
  return net::TlsContext::server({.ca = tls.client_ca, .cert = tls.cert, .key = tls.key});
}

TokenCheck check_with(const Tokens& tokens) {
  if (!tokens.is_required()) return nullptr;
  return [&tokens](std::string_view token) { return tokens.grant_for(token); };
}

// Which token owns which id; null while no agent is asked for a token.
std::unique_ptr<Bindings> bind_ids(const ServerConfig& config, const Tokens& enroll_tokens, Hub& hub) {
  if (!enroll_tokens.is_required()) return nullptr;
  auto bindings = std::make_unique<Bindings>(config.data_dir + "/bindings.db");
  hub.bind_ids(*bindings);
  return bindings;
}

// "" = no file.
LoadedConfig load(const std::string& conf) { return conf.empty() ? default_config() : load_config(conf); }

// All of it or nothing: what can fail comes first.
void reload_settings(const std::string& conf, Tokens& api_tokens, Tokens& enroll_tokens, TlsHolder& tls) {
  const ServerConfig config = load(conf).config;
  Tokens::Entries api = api_tokens.read();
  Tokens::Entries enroll = enroll_tokens.read();
  tls.set(tls_context(config.tls));
  api_tokens.use(std::move(api));
  enroll_tokens.use(std::move(enroll));
  log::use_level(log::parse_level(config.log.level));
}

void serve(const std::string& conf) {
  agent::host::end_well_when_told();
  agent::host::RunReport report("agent-server", AGENT_SERVER_VERSION);
  const LoadedConfig loaded = load(conf);
  const ServerConfig& config = loaded.config;
  const DataDir data_dir(config.data_dir);
  open_log(loaded);
  if (conf.empty()) {
    log::info("without --conf: every setting has its default; the data is in {}", config.data_dir);
  }
  raise_file_limit();
  limit_heaps(count_shards(config));

  agent::metrics::Registry metrics;
  Hub hub({.connect_limit = static_cast<double>(config.connect_limit),
           .redirect = config.redirect,
           .capabilities = config.capabilities},
          metrics);
  MetricsService reports({.memory = config.metrics.memory.value}, hub, metrics);
  Audit audit(config.data_dir);  // outlives the loops: what is cut off with them still leaves its line
  net::Loops loops(count_shards(config));
  attach(loops, hub);
  Tokens api_tokens(config.api_token_file);
  Tokens enroll_tokens(config.enroll_token_file);
  const auto bindings = bind_ids(config, enroll_tokens, hub);  // ends before the loops do
  TlsHolder tls;
  tls.set(tls_context(config.tls));

  const OpenedStore opened = open_store(config, metrics);  // closes before the loops end
  CommandTable commands({.directory = config.data_dir + "/tasks",
                         .output_limit = config.commands.output_limit.value,
                         .outputs_limit = config.commands.outputs_limit.value,
                         .detach_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(
                             config.commands.detach_timeout),
                         .record = config.commands.record,
                         .record_input = config.commands.record_input},
                        hub, audit, metrics);
  commands.start();

  Api api({.id = config.id,
           .version = AGENT_SERVER_VERSION,
           .cache_dir = config.cache_dir,
           .cache_threshold = config.cache_threshold,
           .data_dir = config.data_dir},
          hub, commands, reports, audit, metrics);
  Router router;
  api.add_routes(router);
  views::ViewService own_views({.prefix = fleet::kPrefix},
                               std::make_unique<fleet::FleetSource>(hub, commands, api.layouts()));
  own_views.add_views(router, fleet::fleet_views());
  const door::StoreDoor door(*opened.store, store::SecretPrefixes(config.store.secret_prefixes));
  door.add_routes(router);
  views::ViewService views(view_options(config), *opened.store);
  views.add_routes(router);
  views.add_metrics(metrics);
  WebConsole console({.api_token = check_with(api_tokens), .tls = !config.tls.cert.empty()}, audit);
  console.add_routes(router);
  api.start(loops.front());
  views.start(loops.front());
  own_views.start(loops.front());
  std::optional<BackupSocket> backups;
  if (opened.embedded) backups.emplace(loops.front(), *opened.embedded, config.data_dir + "/store");

  ListenerOptions options{.max_message = config.max_message.value};
  options.allowed_origins = config.allowed_origins;
  options.server_names = with_own_name(config.server_names);
  options.timeouts.body = std::chrono::ceil<std::chrono::milliseconds>(config.http.body_pause);
  options.timeouts.body_rate = config.http.body_rate.value;
  options.message_budget =
      std::make_shared<net::MessageBudget>(config.message_budget.value, config.max_message.value);
  options.hooks.api_token = check_with(api_tokens);
  options.hooks.browser_session = [&console](const net::HttpHead& head) { return console.session_of(head); };
  options.hooks.enroll_token = check_with(enroll_tokens);
  options.hooks.token_refused = [&audit](std::string_view from, std::string_view what, std::string_view why) {
    audit.write_refusal(from, what, why, RefusalCounter::Clock::now());
  };
  options.hooks.admit = [&hub] { return hub.admit(); };
  options.hooks.serve_agent = [&hub](std::unique_ptr<net::WebSocket> socket, Grant grant) {
    return serve_agent(hub, std::move(socket), std::move(grant));
  };
  options.hooks.place = [&hub](std::string_view agent) -> net::Loop& {
    return hub.place_of(agent).shard.loop();
  };
  options.hooks.blocked = [&api] { return api.blocked(); };
  Serving serving(loops, report, loaded.listen, std::move(options), router, tls, metrics);
  Listener& listener = serving.listener();
  console.start(loops.front(), [&listener] { listener.end_revoked(); });

  const auto reload_tokens = [&] {
    reload_settings(conf, api_tokens, enroll_tokens, tls);
    hub.end_revoked();
    console.end_outdated();
    listener.end_revoked();
  };
  const std::vector<Reload> reloads{{"log files", log::reopen},
                                    {"audit log", [&] { audit.reopen(); }},
                                    {"tokens, certificates and log level", reload_tokens}};
  auto reload_signals = std::make_unique<asio::signal_set>(loops.front().io(), SIGHUP);
  net::spawn(loops.front(), reload_on_signal(std::move(reload_signals), reloads), "reload");
  const auto stop = [&] {
    views.stop();
    own_views.stop();
    listener.stop();  // first: what calls answer as the hub stops is the end of their connections
    hub.stop();
  };
  serving.run(stop, [&hub] { return hub.size() == 0; });
  hub.shut();
  opened.store->close();
  serving.check();
  log::info("stopped");
}

int validate(const std::string& conf) {
  const LoadedConfig loaded = load_config(conf);
  for (const std::string& warning : loaded.warnings) fmt::print(stderr, "warning: {}\n", warning);
  for (const std::string& note : loaded.notes) fmt::print(stderr, "note: {}\n", note);
  for (const std::string& problem : loaded.outdated) fmt::print(stderr, "{}\n", problem);
  if (!loaded.outdated.empty()) return kExitConfig;
  fmt::print("{}: ok\n", conf);
  return kExitOk;
}

// The child sees another working directory.
int run_in_background(const CommandLine& line, const std::string& called_as) {
  agent::host::DaemonProgram program{.name = "agent-server", .arguments = {"run"}};
  if (!line.conf.empty())
    program.arguments.insert(program.arguments.end(),
                             {"--conf", std::filesystem::absolute(line.conf).string()});
  return agent::host::run_daemon(line.daemon, program, called_as);
}

int run_command(const CommandLine& line, const std::string& called_as) {
  switch (line.command) {
    case CommandLine::Command::daemon: return run_in_background(line, called_as);
    case CommandLine::Command::check: load(line.conf); break;
    case CommandLine::Command::serve: serve(line.conf); break;
    case CommandLine::Command::validate: return validate(line.conf);
    case CommandLine::Command::version: fmt::print("agent-server {}\n", AGENT_SERVER_VERSION); break;
    case CommandLine::Command::backup: back_up_store(load(line.conf).config, line.file); break;
    case CommandLine::Command::restore: restore_store(load(line.conf).config, line.file); break;
    case CommandLine::Command::fixtures: write_fixtures(load(line.conf).config, line.file); break;
    case CommandLine::Command::views: serve_views(line.views); break;
    case CommandLine::Command::manifest: fmt::print("{}", server_manifest()); break;
    case CommandLine::Command::leave: return line.exit_code;
  }
  return kExitOk;
}

}  // namespace
}  // namespace server

int main(int argc, char** argv) {
  if (const std::optional<int> code = agent::host::supervise_if_told(argc, argv)) return *code;
  server::prepare_signals();
  try {
    return server::run_command(server::parse_command_line(argc, argv), argv[0]);
  } catch (const agent::Error& error) {
    fmt::print(stderr, "{}agent-server: {}\n", agent::error_mark(stderr), error.what());
    return error.code() == agent::Errc::bad_config ? server::kExitConfig : server::kExitFailure;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}agent-server: {}\n", agent::error_mark(stderr), error.what());
    return server::kExitFailure;
  }
}
