// BenchServer: an agent-server on a loopback port, with its files in a temporary directory.
#pragma once

#include <memory>
#include <string>

#include "tests/bench/usage.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace bench {

class BenchServer {
 public:
  // `settings`: further lines of server.conf.
  BenchServer(std::string program, std::string settings);

  const std::string& address() const { return address_; }  // host:port
  pid_t pid() const { return process_->pid(); }
  Usage usage() const { return usage_of(process_->pid()); }
  // SIGKILL, and a new start on the same port.
  void kill() { process_.reset(); }
  void restart() { start(address_); }
  // SIGTERM, and waits for its end.
  void stop();

 private:
  void start(const std::string& listen);

  test::TempDir dir_;
  std::string program_;
  std::string settings_;
  std::unique_ptr<test::Program> process_;
  std::string address_;
};

}  // namespace bench
