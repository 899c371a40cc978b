// What the runners of a collector delete together.
#include <catch2/catch.hpp>
#include <filesystem>

#include "examples/logkit-agent/run/collector.hpp"
#include "runner_scene.hpp"
#include "tests/support/patience.hpp"

using namespace logkit;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// A log with three rotations, none of which was written to for hours.
class Place {
 public:
  Place() {
    for (const char* name : {"conf", "logs"}) fs::create_directories(scene.dir.file(name));
    int hours = 1;
    for (const char* name : {"a.log", "a.log.1", "a.log.2", "a.log.3"}) {
      scene.append("logs/" + std::string(name), std::string(name) + "\n");
      fs::last_write_time(log(name), fs::file_time_type::clock::now() - std::chrono::hours(hours++));
    }
  }

  std::string log(const std::string& name) const { return scene.dir.file("logs/" + name); }
  std::string out(const std::string& runner) const { return scene.dir.file("out/" + runner); }
  bool has(const std::string& name) const { return fs::exists(log(name)); }
  void configure(const std::string& runner, const std::string& more, const std::string& options = "") const {
    scene.dir.write("conf/" + runner + ".conf",
                    R"({"reader": {"mode": "tailx", "log_path": ")" + log("a.log*") + "\"" + options +
                        R"(}, "batch_interval": "10ms", "parser": {"type": "raw", "timestamp": false},
                           "senders": [{"sender_type": "file", "file_send_path": ")" +
                        out(runner) + "\"}]" + more + "}");
  }
  void start(DeleteRights rights) {
    Surroundings surroundings = scene.surroundings(false);
    surroundings.deletable = std::move(rights);
    collector = std::make_unique<Collector>(scene.dir.file("conf"), surroundings);
    collector->scan();
  }
  void start() { start(DeleteRights({scene.dir.file("logs")})); }
  void wait_for_lines(const std::string& runner) const {
    test::wait_until("the lines are there", [&] { return test::lines_of(out(runner)).size() == 4; });
    test::wait_until("they are delivered",
                     [&] { return collector->statuses().at(runner).senders.at("file-0").success == 4; });
    test::wait_until("that is noted", [&] { return collector->statuses().at(runner).lag.ftlags == 0; });
  }
  // An hour later.
  void clean() {
    now += 1h;
    test::wait_until("it was cleaned", [&] { return collector->clean(now); });
  }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(scene.dir.file("logs")), {}));
  }

  test::RunnerScene scene;
  std::unique_ptr<Collector> collector;
  SteadyTime now = std::chrono::steady_clock::now();
};

constexpr const char* kCleaner = R"(, "cleaner": {"delete_enable": true, "reserve_file_number": 1})";

}  // namespace

TEST_CASE("The oldest delivered files are deleted and counted and never the live one", "[examples]") {
  Place place;
  place.configure("a", kCleaner);
  place.start();
  place.wait_for_lines("a");
  place.clean();
  CHECK(place.has("a.log"));
  CHECK(place.has("a.log.1"));
  CHECK(place.count() == 2);
  const RunnerStatus status = place.collector->statuses().at("a");
  CHECK(status.deleted_files == 2);
  CHECK(status.deleted_bytes == 16);
  CHECK(status.warnings.empty());
  agent::metrics::Exposition out;
  place.collector->expose(out);
  CHECK_THAT(out.take(), Catch::Contains("logkit_deleted_files_total{runner=\"a\"} 2\n"));
  place.clean();
  CHECK(place.count() == 2);
  CHECK_FALSE(place.collector->clean(place.now));  // not before the interval is over
}

TEST_CASE("A file is deleted once all runners that read it have delivered it", "[examples]") {
  Place place;
  place.configure("a", kCleaner);
  place.configure("b", kCleaner);
  fs::create_directories(place.out("b"));  // which cannot be written to
  place.start();
  place.wait_for_lines("a");
  place.clean();
  CHECK(place.count() == 4);
  fs::remove(place.out("b"));
  place.wait_for_lines("b");
  place.clean();
  CHECK(place.count() == 2);
  // It is no problem that another runner was first.
  for (const auto& [name, status] : place.collector->statuses()) CHECK(status.warnings.empty());
}

TEST_CASE("Runners that do not run keep the files of their directories", "[examples]") {
  Place place;
  place.configure("a", kCleaner);
  SECTION("One that is stopped") { place.configure("b", R"(, "is_stopped": true)"); }
  SECTION("One that cannot be understood") { place.scene.dir.write("conf/b.conf", "{"); }
  place.start();
  place.wait_for_lines("a");
  place.clean();
  CHECK(place.count() == 4);
  fs::remove(place.scene.dir.file("conf/b.conf"));
  place.collector->scan();
  place.clean();
  CHECK(place.count() == 2);
}

TEST_CASE("Nothing is deleted outside of the roots for deleting and the status says so", "[examples]") {
  Place place;
  place.configure("a", kCleaner);
  SECTION("There are none") {
    place.start({});
    place.wait_for_lines("a");
    CHECK_FALSE(place.collector->clean(place.now));
    CHECK(place.collector->statuses().at("a").warnings ==
          std::vector<std::string>{"cleaner: nothing is deleted: logkit.delete_roots names no directory"});
  }
  SECTION("They are elsewhere") {
    place.start(DeleteRights({place.scene.dir.file("conf")}));
    place.wait_for_lines("a");
    place.clean();
    CHECK_THAT(place.collector->statuses().at("a").warnings.at(0), Catch::Contains("logkit.delete_roots"));
  }
  CHECK(place.count() == 4);
}

TEST_CASE("Files that have expired are deleted once they were delivered", "[examples]") {
  Place place;
  place.configure("a", "", R"(, "expire_delete": true, "expire": "150m")");
  place.start();
  place.wait_for_lines("a");
  place.clean();
  CHECK(place.has("a.log"));
  CHECK(place.has("a.log.1"));
  CHECK(place.count() == 2);
  std::ofstream(place.log("a.log"), std::ios::app) << "more\n";
  test::wait_until("it is read on", [&] { return test::lines_of(place.out("a")).size() == 5; });
}
