// The reader of files beside the real logrotate.
#include <catch2/catch.hpp>
#include <filesystem>

#include "numbered_lines.hpp"
#include "tests/support/program.hpp"

namespace fs = std::filesystem;
using test::kGlob;
using test::LogScene;
using test::numbered;
using test::pass_grace;
using Lines = std::vector<std::string>;

namespace {

// A log that logrotate rotates, and a reader that is behind it, restarted and absent now and then.
class RotatedLog {
 public:
  RotatedLog(const std::string& pattern, const std::string& options) : scene_(kGlob, pattern) {
    fs::create_directories(scene_.dir.file("logs"));
    const std::string log = scene_.dir.file("logs/a.log");
    config_ = scene_.dir.write(
        "conf", log + " {\n size 1\n rotate 20\n compress\n create 0600\n" + options + "\n}\n");
  }
  void append() {
    scene_.append("logs/a.log", numbered(count_, count_ + 50));
    count_ += 50;
  }
  void read() {
    const Lines more = scene_.read();
    lines_.insert(lines_.end(), more.begin(), more.end());
  }
  void rotate() {
    const auto [code, output] =
        test::run_program("/usr/sbin/logrotate", {"-f", "-s", scene_.dir.file("state-of-it"), config_});
    INFO(output);
    REQUIRE(code == 0);
  }
  void restart() { scene_.start(); }
  void pass() { pass_grace(scene_); }
  std::string difference() const { return test::difference(lines_, count_); }

 private:
  LogScene scene_;
  std::string config_;
  Lines lines_;
  int count_ = 0;
};

}  // namespace

TEST_CASE("logrotate and its compressions lose no line and repeat none", "[examples]") {
  for (const char* options : {"delaycompress", ""}) {
    for (const char* pattern : {"logs/*.log", "logs/*"}) {
      CAPTURE(options, pattern);
      RotatedLog log(pattern, options);
      for (int round = 0; round < 12; ++round) {
        const bool is_restarted = round % 4 == 2;
        log.append();
        if (is_restarted) log.read();
        log.append();
        if (round % 3 == 0) log.read();
        log.rotate();
        if (is_restarted) log.restart();
        // What is rotated twice without being looked at is not there for a pattern of the live file alone.
        if (round % 4 != 1 || pattern != std::string("logs/*")) log.read();
        if (round % 5 == 4) log.pass();
      }
      log.read();
      CHECK(log.difference() == "");
    }
  }
}
