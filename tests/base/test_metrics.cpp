#include <catch2/catch.hpp>
#include <limits>
#include <thread>

#include "agent/error.hpp"
#include "agent/metrics.hpp"

using namespace agent;
using namespace agent::metrics;

TEST_CASE("A family states its help and type once and then its series", "[base]") {
  Registry registry;
  registry.counter("calls_total", "calls that came in", {{"type", "foo"}}).add(3);
  registry.counter("calls_total", "calls that came in", {{"type", "bar"}}).add();
  registry.gauge("agents", "agents that are connected").set(2.5);
  CHECK(registry.expose() ==
        "# HELP agents agents that are connected\n"
        "# TYPE agents gauge\n"
        "agents 2.5\n"
        "# HELP calls_total calls that came in\n"
        "# TYPE calls_total counter\n"
        "calls_total{type=\"bar\"} 1\n"
        "calls_total{type=\"foo\"} 3\n");
}

TEST_CASE("The same name and labels are the same series", "[base]") {
  Registry registry;
  Counter& first = registry.counter("a_total", "", {{"x", "1"}});
  CHECK(&first == &registry.counter("a_total", "", {{"x", "1"}}));
  CHECK(&first != &registry.counter("a_total", "", {{"x", "2"}}));
}

TEST_CASE("A histogram counts cumulatively and its last bucket is its count", "[base]") {
  Registry registry;
  Histogram& seconds = registry.histogram("seconds", "how long", {0.1, 1}, {{"op", "foo"}});
  seconds.observe(0.1);  // a bound belongs to its bucket
  seconds.observe(0.5);
  seconds.observe(7);
  seconds.observe(std::numeric_limits<double>::quiet_NaN());
  CHECK(registry.expose() ==
        "# HELP seconds how long\n"
        "# TYPE seconds histogram\n"
        "seconds_bucket{op=\"foo\",le=\"0.1\"} 1\n"
        "seconds_bucket{op=\"foo\",le=\"1\"} 2\n"
        "seconds_bucket{op=\"foo\",le=\"+Inf\"} 3\n"
        "seconds_sum{op=\"foo\"} 7.6\n"
        "seconds_count{op=\"foo\"} 3\n");
}

TEST_CASE("Label values and help texts are escaped", "[base]") {
  Registry registry;
  registry.gauge("g", "two\nlines \\ here", {{"path", "a\"b\\c\nd"}}).set(1);
  CHECK(registry.expose() ==
        "# HELP g two\\nlines \\\\ here\n# TYPE g gauge\ng{path=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST_CASE("A collector's series join the family of the registry", "[base]") {
  Registry registry;
  registry.gauge("agents", "agents").set(1);
  registry.collect([](Exposition& out) {
    out.family("agents", "gauge", "agents");
    out.sample({{"id", "a"}}, 2.0);
    out.family("other", "counter", "");
    out.sample({}, std::uint64_t{18446744073709551615u});
    out.family("agents", "gauge", "agents");
    out.sample(Labels{{"id", "b"}}, 3.0);
  });
  CHECK(registry.expose() ==
        "# HELP agents agents\n# TYPE agents gauge\nagents 1\nagents{id=\"a\"} 2\nagents{id=\"b\"} 3\n"
        "# TYPE other counter\nother 18446744073709551615\n");
}

TEST_CASE("Series that a collector no longer states are gone", "[base]") {
  Registry registry;
  std::vector<std::string> ids{"a", "b"};
  registry.collect([&](Exposition& out) {
    out.family("up", "gauge", "");
    for (const std::string& id : ids) out.sample({{"id", id}}, 1.0);
  });
  CHECK(registry.expose() == "# TYPE up gauge\nup{id=\"a\"} 1\nup{id=\"b\"} 1\n");
  ids = {"b"};
  CHECK(registry.expose() == "# TYPE up gauge\nup{id=\"b\"} 1\n");
  ids.clear();
  CHECK(registry.expose().empty());
}

TEST_CASE("Infinite and missing values have their own words", "[base]") {
  Exposition out;
  out.family("g", "gauge", "");
  out.sample({}, std::numeric_limits<double>::infinity());
  out.sample({}, -std::numeric_limits<double>::infinity());
  out.sample({}, std::numeric_limits<double>::quiet_NaN());
  CHECK(out.take() == "# TYPE g gauge\ng +Inf\ng -Inf\ng NaN\n");
  CHECK(out.take().empty());
}

TEST_CASE("Names that Prometheus refuses and changed types are refused", "[base]") {
  Registry registry;
  registry.counter("a_total", "");
  CHECK_THROWS_AS(registry.gauge("a_total", ""), Error);
  CHECK_THROWS_AS(registry.counter("1a", ""), Error);
  CHECK_THROWS_AS(registry.counter("a-b", ""), Error);
  CHECK_THROWS_AS(registry.counter("b_total", "", {{"__x", "1"}}), Error);
  CHECK_THROWS_AS(Histogram({2, 1}), Error);
}

TEST_CASE("Counting from several threads loses nothing", "[base]") {
  Registry registry;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) registry.counter("n_total", "").add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(registry.counter("n_total", "").value() == 4000);
}
