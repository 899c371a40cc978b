// NodeExporter: Prometheus' exporter of a machine's numbers, as a second source of ours. Debian's package
// prometheus-node-exporter; it runs on a free port of 127.0.0.1, and ends with this object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/program.hpp"

namespace test {

// The lines of a scrape.
class Scrape {
 public:
  // The body of the response; comments are left out.
  explicit Scrape(std::string_view text);

  // The series of this name that has the label: `mountpoint="/"`, "" for any.
  std::optional<double> find(std::string_view name, std::string_view label = {}) const;
  // All series of this name that have the label, and do not have the other one.
  double sum(std::string_view name, std::string_view label = {}, std::string_view not_label = {}) const;

 private:
  std::multimap<std::string, std::pair<std::string, double>, std::less<>> series_;  // name: labels, value
};

class NodeExporter {
 public:
  static bool is_installed();

  // Returns once it listens. Further arguments of its command line.
  explicit NodeExporter(const std::vector<std::string>& arguments = {});

  pid_t pid() const { return program_.pid(); }
  // Throws std::runtime_error when it does not answer 200.
  std::string get();
  Scrape scrape() { return Scrape(get()); }

 private:
  Program program_;
  std::uint16_t port_ = 0;
};

}  // namespace test
