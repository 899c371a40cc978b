#include "serving.hpp"

#include <asio/signal_set.hpp>
#include <csignal>
#include <utility>

#include "listen_report.hpp"
#include "net/spawn.hpp"
#include "process_setup.hpp"
#include "signals.hpp"

namespace server {

namespace net = agent::net;

Serving::Serving(net::Loops& loops, agent::host::RunReport& report, ListenAddress listen,
                 ListenerOptions options, const Router& router, const TlsHolder& tls,
                 agent::metrics::Registry& metrics)
    : loops_(loops), report_(report), listen_(std::move(listen)) {
  options.address = listen_.address;
  options.port = listen_.port;
  options.hooks.listen_news = [this](const ListenNews& news) { hear(news); };
  std::vector<net::Loop*> pointers;
  for (const auto& loop : loops) pointers.push_back(loop.get());
  watchdog_ = report_life(pointers, report);
  listener_ = std::make_unique<Listener>(pointers, std::move(options), router, tls, metrics);
}

void Serving::hear(const ListenNews& news) {
  if (news.kind != ListenNews::Kind::failed) return tell_address(news, listen_, report_);
  failure_ = news.failure;
  loops_.stop();
}

void Serving::run(const std::function<void()>& stop, const std::function<bool()>& is_done) {
  StopHooks hooks;
  hooks.stop = [&] {
    report_.stopping();
    stop();
    listener_->stop();
  };
  hooks.is_done = [&] { return listener_->connections() == 0 && is_done(); };
  hooks.leave = [this] { loops_.stop(); };
  auto signals = std::make_unique<asio::signal_set>(loops_.front().io(), SIGTERM, SIGINT);
  net::spawn(loops_.front(), stop_on_signal(std::move(signals), std::move(hooks)), "stop");
  loops_.run();
}

void Serving::check() const {
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace server
