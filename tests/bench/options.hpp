// Options: "--name value" pairs of a benchmark's command line.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace bench {

class Options {
 public:
  // Ends the program with 2 at anything that is not "--name value" of a known name.
  Options(int argc, char** argv, std::map<std::string, std::string> defaults) : values_(std::move(defaults)) {
    for (int i = 1; i < argc; i += 2) {
      std::string name = argv[i];
      if (!name.starts_with("--") || i + 1 == argc || !values_.contains(name.substr(2))) fail(argv[0]);
      values_[name.substr(2)] = argv[i + 1];
    }
  }

  const std::string& text(const std::string& name) const { return values_.at(name); }
  double number(const std::string& name) const { return std::strtod(text(name).c_str(), nullptr); }
  std::size_t count(const std::string& name) const { return static_cast<std::size_t>(number(name)); }

 private:
  [[noreturn]] void fail(const char* program) const {
    std::fprintf(stderr, "usage: %s", program);
    for (const auto& [name, value] : values_) std::fprintf(stderr, " [--%s %s]", name.c_str(), value.c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
  }

  std::map<std::string, std::string> values_;
};

}  // namespace bench
