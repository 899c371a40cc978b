// BenchServer: an agent-server on a loopback port, with its files in a temporary directory.
#pragma once

#include <memory>
#include <string>

#include "tests/bench/child.hpp"
#include "tests/bench/usage.hpp"
#include "tests/support/temp_dir.hpp"

namespace bench {

class BenchServer {
 public:
  // `settings`: further lines of server.conf.
  BenchServer(std::string program, const std::string& settings);

  const std::string& address() const { return address_; }  // host:port
  Usage usage() const { return usage_of(child_->pid()); }
  // SIGKILL, and a new start on the same port.
  void kill() { child_.reset(); }
  void restart();

 private:
  std::string write_conf(const std::string& listen) const;

  test::TempDir dir_;
  std::string program_;
  std::string settings_;
  std::unique_ptr<Child> child_;
  std::string address_;
};

}  // namespace bench
