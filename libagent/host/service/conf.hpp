// The configuration that `install --server …` writes for an agent that has none yet.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "host/service/new_directories.hpp"
#include "host/service/verbs.hpp"

namespace agent::host {

// A new configuration file, gone again with the object and its directories unless keep() was called.
class NewConf {
 public:
  NewConf() = default;  // none was written
  NewConf(std::string path, NewDirectories directories)
      : directories_(std::move(directories)), path_(std::move(path)) {}
  ~NewConf();
  NewConf(NewConf&& other) noexcept
      : directories_(std::move(other.directories_)), path_(std::exchange(other.path_, {})) {}
  NewConf& operator=(NewConf&&) = delete;

  bool is_written() const { return !path_.empty(); }
  void keep() {
    path_.clear();
    directories_.keep();
  }

 private:
  NewDirectories directories_;  // go after the file
  std::string path_;
};

// Writes it when the request names a server and there is no file: mode 0600, for the service's user, with the
// folders that are missing. Throws Errc::bad_config for what a configuration file cannot say, Errc::io.
NewConf write_missing_conf(const ServiceScene& scene);

// What a file that was there already says otherwise than the request: "basic.server is a, not b"; "" =
// nothing.
std::string conflict_with(const ServiceRequest& request, const ServiceConfig& config,
                          const std::string& token);

// The token in the request's file, "" without one. Throws Errc::bad_config, Errc::io.
std::string read_token(const ServiceRequest& request);

}  // namespace agent::host
