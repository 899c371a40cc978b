#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "http/latency_window.hpp"

using server::LatencyWindow;
using namespace std::chrono_literals;

namespace {
const LatencyWindow::Clock::time_point kStart{1000s};
}

TEST_CASE("A window is shown once it is over, and only while the next one lasts", "[server]") {
  LatencyWindow window;
  for (int i = 0; i < 10; ++i) window.record(100us, kStart + 1s);
  CHECK(window.last(kStart + 2s).per_second == 0);
  CHECK(window.last(kStart + 5s).per_second == 2);
  CHECK(window.last(kStart + 9s).per_second == 2);
  CHECK(window.last(kStart + 10s).per_second == 0);
}

TEST_CASE("A quiet time between two windows empties what is shown", "[server]") {
  LatencyWindow window;
  window.record(1ms, kStart);
  CHECK(window.last(kStart + 60s).per_second == 0);
  window.record(1ms, kStart + 61s);
  CHECK(window.last(kStart + 65s).per_second == Approx(0.2));
}

TEST_CASE("Quantiles are within 6 % of the values recorded", "[server]") {
  LatencyWindow window;
  for (int i = 1; i <= 1000; ++i) window.record(std::chrono::microseconds(i), kStart);
  LatencyWindow::Summary summary = window.last(kStart + 5s);
  CHECK(summary.per_second == 200);
  CHECK(summary.average == Approx(500.5));
  CHECK(summary.p0 == Approx(1).epsilon(0.06));
  CHECK(summary.p50 == Approx(500).epsilon(0.06));
  CHECK(summary.p90 == Approx(900).epsilon(0.06));
  CHECK(summary.p99 == Approx(990).epsilon(0.06));
  CHECK(summary.p100 == Approx(1000).epsilon(0.06));
}

TEST_CASE("Extreme durations have a place", "[server]") {
  LatencyWindow window;
  window.record(0us, kStart);
  window.record(-1us, kStart);
  window.record(1000h, kStart);
  LatencyWindow::Summary summary = window.last(kStart + 5s);
  CHECK(summary.p0 == 0);
  CHECK(summary.p100 > 1e10);
}

TEST_CASE("Threads record side by side without losing a count", "[server]") {
  LatencyWindow window;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&window] {
      for (int i = 0; i < 10'000; ++i) window.record(50us, kStart);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(window.last(kStart + 5s).per_second == 8000);
}
