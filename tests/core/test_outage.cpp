#include "core/outage.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using agent::core::kOutageKinds;
using agent::core::Outage;

namespace {

const Outage::Time kStart = Outage::Time(1000s);
const std::string kRefused = "server a:1: connection refused";

}  // namespace

TEST_CASE("An outage is logged when it begins, at each doubling, and when it ends", "[core]") {
  Outage outage;
  std::string lines;
  for (int second = 0; second <= 3600; ++second) {
    const auto line = outage.failed(kStart + std::chrono::seconds(second), kRefused);
    if (line) lines += std::to_string(second) + " ";
  }
  CHECK(lines == "0 2 4 8 16 32 64 128 256 512 1024 2048 ");
  CHECK(outage.ended(kStart + 3601s) == ", after 3601 s (failed attempts: 3601)");
}

TEST_CASE("A doubling says how long it lasts, and a long pause makes up for those before it", "[core]") {
  Outage outage;
  CHECK(outage.failed(kStart, kRefused) == kRefused);
  CHECK(outage.failed(kStart + 100s, kRefused) == kRefused + " (failed attempts: 2 in 100 s)");
  CHECK(!outage.failed(kStart + 127s, kRefused));
  CHECK(outage.failed(kStart + 128s, kRefused) == kRefused + " (failed attempts: 4 in 128 s)");
}

TEST_CASE("A further reason, or a further server, is logged once", "[core]") {
  Outage outage;
  CHECK(outage.failed(kStart, kRefused));
  CHECK(outage.failed(kStart, "server b:1: connection refused"));
  CHECK(outage.failed(kStart, "server a:1: unknown enrollment token"));
  for (const std::string& again : {kRefused, std::string("server b:1: connection refused"),
                                   std::string("server a:1: unknown enrollment token")})
    CHECK(!outage.failed(kStart + 1s, again));
}

TEST_CASE("Reasons that never repeat do not fill the log", "[core]") {
  Outage outage;
  std::size_t lines = 0;
  for (int i = 0; i < 1000; ++i) lines += outage.failed(kStart, "reason " + std::to_string(i)) ? 1 : 0;
  CHECK(lines == kOutageKinds);
}

TEST_CASE("A session begins a new count", "[core]") {
  Outage outage;
  CHECK(outage.ended(kStart).empty());
  CHECK(outage.failed(kStart, kRefused));
  CHECK(outage.ended(kStart + 1s) == ", after 1 s (failed attempts: 1)");
  CHECK(outage.ended(kStart + 2s).empty());
  CHECK(outage.failed(kStart + 60s, kRefused) == kRefused);
}

TEST_CASE("Redirects without an outage are told once between two sessions", "[core]") {
  Outage outage;
  CHECK(outage.is_news("server a:1 sends us to b:1"));
  CHECK(!outage.is_news("server a:1 sends us to b:1"));
  outage.ended(kStart);
  CHECK(outage.is_news("server a:1 sends us to b:1"));
}
