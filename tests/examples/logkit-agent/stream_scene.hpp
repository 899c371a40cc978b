// StreamScene: a front that reads a stream on its thread, and the spool behind it, which the test reads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "examples/logkit-agent/read/line_spool.hpp"
#include "examples/logkit-agent/read/stream_front.hpp"
#include "examples/logkit-agent/read/stream_source.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

// `options`: of the reader, as members of an object.
inline logkit::StreamSource stream_source(const std::string& options, bool is_syslog = false) {
  const auto document = agent::json::Document::parse("{" + options + "}");
  return logkit::read_stream_source(logkit::PartOptions(document.root(), "reader"), 16 << 20, is_syslog);
}

class StreamScene {
 public:
  using MakeFront =
      std::function<std::unique_ptr<logkit::StreamFront>(const logkit::StreamSource&, logkit::LineSpool&)>;
  StreamScene(const std::string& options, const MakeFront& make)
      : source(stream_source(options)),
        spool({dir.file("spool"), source.spool_size}, [] {}),
        front(make(source, spool)),
        thread_([this] {
          front->run();
          has_ended = true;
        }) {}
  ~StreamScene() { stop(); }
  StreamScene(const StreamScene&) = delete;
  StreamScene& operator=(const StreamScene&) = delete;

  void stop() {
    front->stop();
    if (thread_.joinable()) thread_.join();
  }
  // Takes what there is, as a runner does whose receiver takes everything.
  void take() {
    for (;;) {
      const auto& read = spool.read(1 << 20);
      if (read.empty()) return;
      for (const logkit::SpooledLine& line : read) {
        lines.emplace_back(line.text);
        sources.emplace_back(line.source);
        cut += line.cut;
      }
      spool.release(read.back().number);
    }
  }
  void wait_for(std::size_t count) {
    wait_until(std::to_string(count) + " lines are there", [&] {
      take();
      return lines.size() >= count;
    });
  }
  void wait_for_problem(const std::string& text) {
    wait_until("the problem is told: " + text,
               [&] { return front->status().problem.find(text) != std::string::npos; });
  }

  TempDir dir;
  logkit::StreamSource source;
  logkit::LineSpool spool;
  std::unique_ptr<logkit::StreamFront> front;
  std::vector<std::string> lines, sources;
  std::uint64_t cut = 0;
  std::atomic<bool> has_ended{false};

 private:
  std::thread thread_;
};

}  // namespace test
