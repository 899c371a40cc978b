#include "examples/logkit-agent/run/runner_totals.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "examples/logkit-agent/read/checked_line.hpp"
#include "examples/logkit-agent/run/runner_status.hpp"
#include "tests/support/temp_dir.hpp"

using namespace logkit;

namespace {

RunnerStatus some_status() {
  RunnerStatus status;
  status.read_size = 100;
  status.read_count = 10;
  status.reader.success = 10;
  status.parser.errors = 1;
  status.parser.success = 9;
  status.transforms["label-0"].success = 9;
  status.senders["http-0"].errors = 5;
  status.senders["http-0"].success = 8;
  status.senders["http-0"].dead_letters = 1;
  return status;
}

}  // namespace

TEST_CASE("Totals come back and are added to what a runner counts", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.file("new/counters");
  {
    TotalsFile file(path);
    CHECK(file.before() == RunnerTotals());
    CHECK(file.problem().empty());
    file.save({});  // nothing to keep
    CHECK_FALSE(std::filesystem::exists(path));
    file.save(totals_of(some_status()));
  }
  const TotalsFile file(path);
  CHECK(file.before() == totals_of(some_status()));
  RunnerStatus status = some_status();
  status.senders.erase("http-0");
  status.senders["file-0"].success = 3;
  add_totals(file.before(), status);
  CHECK(status.read_size == 200);
  CHECK(status.read_count == 20);
  CHECK(status.reader.success == 20);
  CHECK(status.parser.errors == 2);
  CHECK(status.transforms.at("label-0").success == 18);
  CHECK(status.senders.at("file-0").success == 3);
  CHECK(status.senders.size() == 1);
}

TEST_CASE("Totals that are damaged or of another version begin at zero and say so", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.file("counters");
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("x"), std::string(1000, '\0'), checked_line("{"),
        checked_line("[]"), checked_line(R"({"v":2,"read_count":7})"),
        "0" + checked_line(R"({"v":1,"read_count":7})")}) {
    std::ofstream(path, std::ios::binary) << text;
    TotalsFile file(path);
    CHECK(file.before() == RunnerTotals());
    CHECK(file.problem() == path + " is damaged: what it counted begins at zero");
    file.save(totals_of(some_status()));
    CHECK(TotalsFile(path).before().read_count == 10);
  }
}

TEST_CASE("Totals that cannot be written are an error and those before stay", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.file("counters");
  TotalsFile file(path);
  file.save(totals_of(some_status()));
  std::filesystem::create_directories(path + ".new");
  RunnerStatus more = some_status();
  more.read_count = 11;
  CHECK_THROWS_AS(file.save(totals_of(more)), agent::Error);
  CHECK(TotalsFile(path).before().read_count == 10);
  std::filesystem::remove(path + ".new");
  file.save(totals_of(more));
  CHECK(TotalsFile(path).before().read_count == 11);
}
