// RunnerScene: a runner that reads "*.log" of a directory, and writes records to a file.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "examples/logkit-agent/run/check_runner.hpp"
#include "examples/logkit-agent/run/runner.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

inline std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

struct RunnerScene {
  std::string config(const std::string& parser = R"({"type": "raw", "timestamp": false})",
                     const std::string& more = "") const {
    return R"({"name": "a", "reader": {"mode": "tailx", "log_path": ")" + dir.file("*.log") +
           R"("}, "batch_interval": "20ms", "parser": )" + parser +
           R"(, "senders": [{"sender_type": "file", "file_send_path": ")" + out + "\"}]" + more + "}";
  }
  logkit::Surroundings surroundings(bool is_once = true) const {
    logkit::Surroundings s;
    s.state_directory = dir.file("state");
    s.is_once = is_once;
    return s;
  }
  // Runs to the end of what is there.
  logkit::RunnerStatus run_once(const std::string& text) const {
    logkit::RunnerConfig parsed = logkit::parse_runner(text);
    logkit::check_runner(parsed);
    logkit::Runner runner(std::move(parsed), surroundings());
    runner.wait();
    return runner.status();
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(dir.file(name), std::ios::binary | std::ios::app) << text;
  }

  TempDir dir;
  std::string out = dir.file("out/records");
};

}  // namespace test
