#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/metrics.hpp"
#include "http/reply.hpp"
#include "http/router.hpp"
#include "http/timings.hpp"

using namespace server;
using Clock = LatencyWindow::Clock;

namespace {

struct Timed {
  Timed() {
    Route route;
    route.method = "GET";
    route.pattern = "/api/x";
    route.handler = ReplyHandler([](Request&) { return text_reply(200, ""); });
    router.add(std::move(route));
    timings.emplace(router, metrics);
  }

  void record(int code) { timings->record(*router.routes().front(), code, Clock::duration(1), Clock::now()); }

  Router router;
  agent::metrics::Registry metrics;
  std::optional<Timings> timings;
};

std::string count_of(int code, int times) {
  return "agent_server_http_request_seconds_count{route=\"/api/x\",method=\"GET\",code=\"" +
         std::to_string(code) + "\"} " + std::to_string(times) + "\n";
}

}  // namespace

TEST_CASE("Replies are counted by their codes, whichever these are", "[server]") {
  Timed timed;
  for (const int code : {200, 429, 408, 200, 431, 599}) timed.record(code);
  const std::string text = timed.metrics.expose();
  CHECK_THAT(text, Catch::Contains(count_of(200, 2)));
  for (const int code : {408, 429, 431, 599}) CHECK_THAT(text, Catch::Contains(count_of(code, 1)));
  CHECK_THAT(text, !Catch::Contains("code=\"500\""));
}

TEST_CASE("Threads that meet a new code at once count into one series", "[server]") {
  Timed timed;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int code = 400; code < 500; ++code) timed.record(code);
      });
    }
  }
  const std::string text = timed.metrics.expose();
  for (int code = 400; code < 500; ++code) CHECK_THAT(text, Catch::Contains(count_of(code, 4)));
}
