#include <csignal>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/server/store/sqlite_rig.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"

using namespace server::store;
using test::value;

namespace {

constexpr int kWriters = 4;  // of store-victim

std::size_t kills() {
  const char* wanted = std::getenv("STORE_KILLS");
  return wanted == nullptr ? 12 : std::strtoul(wanted, nullptr, 10);
}

// The last number of each writer that was acknowledged; a line that was cut off is none.
std::vector<std::int64_t> acknowledged(const std::string& output) {
  std::vector<std::int64_t> out(kWriters, 0);
  std::istringstream lines(output.substr(0, output.rfind('\n') + 1));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::size_t writer = 0;
    std::int64_t number = 0;
    if (words >> writer >> number) out.at(writer) = number;
  }
  return out;
}

void check_writer(Store& store, const std::string& name, std::int64_t told) {
  const auto a = value(store, name + "/a");
  CHECK(a == value(store, name + "/b"));
  const std::int64_t number = a ? std::stoll(*a) : 0;
  CHECK(number >= told);
  CHECK(value(store, name + "/odd").has_value() == (number % 2 == 1));
}

}  // namespace

TEST_CASE("A store whose process is killed has what was acknowledged, and nothing half", "[server][store]") {
  const std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  test::TempDir directory;
  SqliteStoreOptions options;
  options.path = directory.file("store.db");
  Revision last = 0;
  for (std::size_t kill = 0; kill < kills(); ++kill) {
    INFO("kill " << kill);
    std::vector<std::int64_t> told;
    {
      test::Program victim(test::built_program("store-victim"), {options.path});
      // Anywhere between the opening of the file and hundreds of commits.
      const std::size_t lines = random() % 4 == 0 ? 0 : random() % 400;
      test::wait_until("writes", [&] { return victim.count("\n") >= lines || !victim.is_running(); });
      victim.signal(SIGKILL);
      REQUIRE(victim.wait() == 128 + SIGKILL);
      told = acknowledged(victim.output());
    }
    SqliteStore store(options);
    for (int i = 0; i < kWriters; ++i)
      check_writer(store, std::to_string(i), told[static_cast<std::size_t>(i)]);
    CHECK(store.revision() >= last);
    last = store.revision();
  }
}
