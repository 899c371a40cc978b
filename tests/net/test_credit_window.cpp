#include "net/credit_window.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

using namespace agent::net;
using agent::Clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A way on which a sender uses all credit that it has.
struct Way {
  microseconds round_trip;
  double bytes_per_second;

  // From credit to the bytes that come for it: they wait behind those that are under way.
  Clock::duration time(std::uint64_t window) const {
    const auto queued = microseconds(static_cast<long>(1e6 * static_cast<double>(window) / bytes_per_second));
    return std::max(round_trip, queued);
  }
  double holds() const { return bytes_per_second * std::chrono::duration<double>(round_trip).count(); }
};

// A stream on it, after so many round trips.
struct Stream {
  void go(const Way& way, int rounds, std::size_t streams = 1) {
    for (int i = 0; i < rounds; ++i) {
      window.granted(so_far, now);
      now += so_far == 0 ? way.round_trip : way.time(window.size());  // nothing is under way at first
      so_far += window.size();
      window.received(so_far, streams, now);
    }
  }
  std::uint64_t size() const { return window.size(); }

  CreditWindow window;
  std::uint64_t so_far = 0;
  Clock::time_point now;
};

constexpr Way kLoopback{microseconds(200), 350e6};
constexpr Way kFarAway{milliseconds(80), 100e6 / 8};

}  // namespace

TEST_CASE("A long way has all credit that it needs", "[net]") {
  Stream stream;
  stream.go(kFarAway, 10);
  CHECK(stream.size() == kBulkWindow);
}

TEST_CASE("A short way has little under way, for others to wait behind", "[net]") {
  Stream stream;
  stream.go(kLoopback, 10);
  CHECK(stream.size() <= kFirstWindow);
  CHECK(kLoopback.time(stream.size()) < milliseconds(1));
}

TEST_CASE("Any way is full, and no way has much more than twice what it holds, or half a millisecond of it",
          "[net]") {
  const int megabits = GENERATE(1, 10, 40, 100, 1000, 10000);
  const microseconds round_trip = GENERATE(microseconds(200), milliseconds(2), milliseconds(20));
  const Way way{round_trip, megabits * 1e6 / 8};
  Stream stream;
  stream.go(way, 100);
  const double window = static_cast<double>(stream.size());
  CHECK(window >= std::min(way.holds(), static_cast<double>(kBulkWindow)));
  const double unnoticed = std::clamp(way.bytes_per_second / 2000, 65536.0, 262144.0);
  CHECK(window <= std::max(2.1 * way.holds(), unnoticed + 100));
}

TEST_CASE("Streams of one connection share what may wait", "[net]") {
  const Way near{microseconds(50), 350e6};  // twice what it holds is less than the least window
  Stream stream;
  stream.go(near, 20, 1);
  CHECK(stream.size() > kFirstWindow / 2);
  stream.go(near, 20, 2);
  CHECK(stream.size() == kFirstWindow / 2);
  stream.go(near, 20, 1000);
  CHECK(stream.size() == kLeastWindow);
}

TEST_CASE("A sender that has rested is soon as fast as before", "[net]") {
  Stream stream;
  stream.go(kFarAway, 10);
  stream.go({seconds(10), kFarAway.bytes_per_second}, 20);
  CHECK(stream.size() < kBulkWindow);
  stream.go(kFarAway, 4);
  CHECK(stream.size() == kBulkWindow);
}

TEST_CASE("Bytes that were granted before tell nothing", "[net]") {
  CreditWindow window;
  window.granted(1000, Clock::time_point());
  window.received(1000, 1, Clock::time_point() + seconds(1));
  CHECK(window.size() == kFirstWindow);
}
