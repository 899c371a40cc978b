// ApiServer: hub, API and listener, as main() joins them, on a free port of loopback.
// ScriptedAgent: a connected agent that answers as a test wants it to.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/dispatch.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "agent/message.hpp"
#include "agent/wire/control.hpp"
#include "api/api.hpp"
#include "hub/bindings.hpp"
#include "hub/hub.hpp"
#include "hub/serve_agent.hpp"
#include "metrics/metrics_service.hpp"
#include "net/dial.hpp"
#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/server/shards.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

struct HttpReply {
  int status = 0;
  std::string head;
  std::string body;
};

class ApiServer {
 public:
  // `enroll_tokens`: names; agents then show a token, "<name>-token", and keep their ids by it.
  explicit ApiServer(unsigned cache_threshold = 100, std::size_t loop_count = shards(),
                     server::CommandTableOptions command_options = {},
                     std::set<std::string> enroll_tokens = {},
                     const std::function<void(server::ListenerOptions&)>& adjust = {},
                     std::chrono::milliseconds quiet_limit = server::kQuietLimit,
                     server::MetricsOptions metrics = {})
      : http_(loop_count) {
    hub_ = std::make_unique<server::Hub>(server::HubOptions{}, http_.metrics);
    reports_ = std::make_unique<server::MetricsService>(metrics, *hub_, http_.metrics);
    for (auto& loop : http_.loops) hub_->attach(*loop);
    server::ApiOptions options{"cluster-01",    "2.0.0",     directory.path() + "/cache",
                               cache_threshold, quiet_limit, directory.path()};
    command_options.directory = directory.path() + "/tasks";
    audit_ = std::make_unique<server::Audit>(directory.path());
    commands_ =
        std::make_unique<server::CommandTable>(std::move(command_options), *hub_, *audit_, http_.metrics);
    api_ = std::make_unique<server::Api>(options, *hub_, *commands_, *reports_, *audit_, http_.metrics);
    api_->add_routes(http_.router);
    http_.options.hooks.blocked = [this] { return api_->blocked(); };
    http_.options.hooks.place = [this](std::string_view agent) -> agent::net::Loop& {
      return hub_->place_of(agent).shard.loop();
    };
    http_.options.hooks.serve_agent = [this](std::unique_ptr<agent::net::WebSocket> socket,
                                             server::Grant grant) {
      return server::serve_agent(*hub_, std::move(socket), std::move(grant));
    };
    http_.options.timeouts.tick = std::chrono::milliseconds(10);
    if (adjust) adjust(http_.options);
    if (!enroll_tokens.empty()) ask_for(std::move(enroll_tokens));
    port = http_.start();
  }

  ~ApiServer() {
    http_.end();
    api_.reset();
    commands_.reset();
    bindings_.reset();
    http_.loops.clear();  // before the hub, as in main()
  }

  void end_revoked() { http_.listener().end_revoked(); }
  server::Hub& hub() { return *hub_; }
  server::Api& api() { return *api_; }
  server::MetricsService& reports() { return *reports_; }
  const server::Router& router() { return http_.router; }
  std::size_t shard_count() const { return http_.loops.size(); }
  agent::net::Loop& loop() { return http_.loops.front(); }

  HttpReply request(std::string_view method, std::string_view target, std::string_view headers = {},
                    std::string_view body = {}) {
    RawClient client(port);
    client.send(std::string(method) + " " + std::string(target) +
                " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + "Content-Length: " +
                std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" + std::string(body));
    HttpReply reply;
    reply.head = client.read_until("\r\n\r\n");
    reply.body = client.read_all();
    if (reply.head.size() > 12) reply.status = std::stoi(reply.head.substr(9, 3));
    return reply;
  }
  HttpReply get(std::string_view target, std::string_view headers = {}) {
    return request("GET", target, headers);
  }

  // A file of its data_dir as it is, with all audit lines that were put.
  std::string text_of(const std::string& file) const {
    audit_->flush();
    std::ifstream in(directory.path() + "/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // Until the audit log has a line with all of it: some are written just behind the reply.
  void wait_for_audit(const std::string& text) const {
    wait_until("the audit log has " + text,
               [&] { return text_of("audit.log").find(text) != std::string::npos; });
  }

  TempDir directory;
  std::uint16_t port = 0;

 private:
  void ask_for(std::set<std::string> names) {
    bindings_ = std::make_unique<server::Bindings>(directory.path() + "/bindings.db");
    hub_->bind_ids(*bindings_);
    http_.options.hooks.enroll_token = [names = std::move(names)](std::string_view token) {
      const std::string name(token.substr(0, token.rfind("-token")));
      return names.contains(name) ? std::optional<server::Grant>(name) : std::nullopt;
    };
  }

  HttpServer http_;
  std::unique_ptr<server::Hub> hub_;
  std::unique_ptr<server::MetricsService> reports_;
  std::unique_ptr<server::Bindings> bindings_;
  std::unique_ptr<server::Audit> audit_;
  std::unique_ptr<server::CommandTable> commands_;
  std::unique_ptr<server::Api> api_;
};

// Runs on a loop and thread of its own. Registered when the constructor returns.
class ScriptedAgent {
 public:
  // Called with each message and with what sends one; returns false to hang up.
  using Send = std::function<void(std::string)>;
  using Script = std::function<bool(const agent::Envelope&, const Send&)>;

  // `first`: what it says right after the handshake, "" = nothing. `token`: what it shows.
  ScriptedAgent(std::uint16_t port, agent::wire::Come come, Script script, std::string first = {},
                std::string token = {})
      : script_(std::move(script)), first_(std::move(first)), token_(std::move(token)) {
    asio::co_spawn(loop_.io(), live(this, port, std::move(come)), [this](std::exception_ptr) {
      socket_.reset();
      loop_.stop();
    });
    thread_ = std::thread([this] { loop_.run(); });
    REQUIRE(registered_.get_future().wait_for(std::chrono::seconds(15)) == std::future_status::ready);
  }

  // Any thread. On its loop's thread at once: what a script says is sent before what another thread says
  // after it, where posts of both would not keep that order (asio queues a loop's own posts apart).
  void send(std::string text) {
    asio::dispatch(loop_.io(), [this, text = std::move(text)] {
      if (socket_) socket_->send(text);
    });
  }

  // Calls `work` on its loop's thread after so long.
  void after(std::chrono::microseconds delay, std::function<void()> work) {
    loop_.post([this, delay, work = std::move(work)] {
      auto timer = std::make_shared<asio::steady_timer>(loop_.io(), delay);
      timer->async_wait([timer, work](asio::error_code failed) {
        if (!failed) work();
      });
    });
  }

  ~ScriptedAgent() { leave(); }

  // The connection is lost; what is sent from now on goes nowhere.
  void leave() {
    if (!thread_.joinable()) return;
    loop_.post([this] {
      if (socket_) socket_->stream().close();
    });
    thread_.join();
  }

 private:
  static agent::Task<> live(ScriptedAgent* self, std::uint16_t port, agent::wire::Come come) {
    agent::net::DialOptions options;
    options.address = "127.0.0.1:" + std::to_string(port);
    options.token = self->token_;
    self->socket_ = co_await agent::net::dial(self->loop_, options);
    self->socket_->send(agent::encode_message(come));
    std::string handshake = co_await self->socket_->read();
    if (!self->first_.empty()) self->socket_->send(self->first_);
    self->registered_.set_value();
    Send send = [self](std::string text) { self->socket_->send(text); };
    for (bool more = true; more;) {
      std::string text = co_await self->socket_->read();
      agent::Envelope message = agent::Envelope::parse(std::move(text));
      more = self->script_(message, send);
    }
  }

  Script script_;
  const std::string first_;
  const std::string token_;
  agent::net::Loop loop_;
  std::unique_ptr<agent::net::WebSocket> socket_;
  std::promise<void> registered_;
  std::thread thread_;
};

inline agent::wire::Come come_as(std::string id, std::string type, std::string os = "linux") {
  agent::wire::Come come;
  come.id = std::move(id);
  come.name = std::move(type);
  come.version = "1.2.3";
  come.ip.text = "192.0.2.7";
  come.mac = "02:00:5e:10:00:01";
  come.os = std::move(os);
  come.platform = "debian";
  come.arch = "x86_64";
  return come;
}

// An agent that answers nothing.
inline bool stay_silent(const agent::Envelope&, const ScriptedAgent::Send&) { return true; }

}  // namespace test
