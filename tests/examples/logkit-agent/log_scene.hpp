// LogScene: a directory of logs and a reader over it, one discovery or read at a time, as a runner drives it.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "examples/logkit-agent/read/file_reader.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

class LogScene {
 public:
  // `options`: of the reader, behind its path. The file is "a.log" unless `path` names another.
  explicit LogScene(std::string options = R"("mode": "file")", std::string path = "a.log")
      : options_(std::move(options)), path_(std::move(path)) {
    start();
  }

  // As after a restart of the agent.
  void start() {
    reader_.reset();
    checkpoint_.reset();
    checkpoint_ = std::make_unique<logkit::Checkpoint>(dir.file("state"));
    const auto document =
        agent::json::Document::parse("{" + options_ + R"(, "log_path": ")" + dir.file(path_) + "\"}");
    reader_ = std::make_unique<logkit::FileReader>(
        logkit::read_file_source(logkit::PartOptions(document.root(), "reader"), 1 << 20),
        logkit::ReadRights{roots, own}, *checkpoint_);
  }

  void append(const std::string& name, const std::string& text) const {
    std::ofstream(dir.file(name), std::ios::binary | std::ios::app) << text;
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(dir.file(from), dir.file(to));
  }
  void remove(const std::string& name) const { std::filesystem::remove(dir.file(name)); }

  void discover() { reader_->discover(now); }

  // All lines that are there now, delivered. Without `is_delivered` the checkpoint stays.
  std::vector<std::string> read(bool is_delivered = true) {
    discover();
    return read_on(is_delivered);
  }
  std::vector<std::string> read_on(bool is_delivered = true) {
    std::vector<std::string> lines;
    std::vector<logkit::FilePosition> positions;
    const auto sink = [&](logkit::TailedFile& file, const logkit::Line& line) {
      lines.emplace_back(line.text);
      positions.push_back(file.position_at(line.end));
      return true;
    };
    while (reader_->read(now, sink)) {
    }
    if (is_delivered) reader_->delivered(positions);
    return lines;
  }

  logkit::FileReader& reader() { return *reader_; }
  logkit::Checkpoint& checkpoint() { return *checkpoint_; }

  TempDir dir;
  logkit::SteadyTime now = std::chrono::steady_clock::now();
  agent::AllowedDirectories roots;
  std::shared_ptr<logkit::OwnFiles> own = std::make_shared<logkit::OwnFiles>();

 private:
  std::string options_;
  std::string path_;
  std::unique_ptr<logkit::Checkpoint> checkpoint_;
  std::unique_ptr<logkit::FileReader> reader_;
};

}  // namespace test
