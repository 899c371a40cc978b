// The configuration that `install --server …` writes for an agent that has none yet, or only a package's
// sample.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "host/service/new_directories.hpp"
#include "host/service/verbs.hpp"

namespace agent::host {

// A configuration file that was written. Unless keep() was called it goes again with the object, and so do
// its directories; a file that was there before is as it was then.
class NewConf {
 public:
  NewConf() = default;  // none was written
  NewConf(std::string path, NewDirectories directories)
      : directories_(std::move(directories)), path_(std::move(path)) {}
  NewConf(std::string path, std::string before) : path_(std::move(path)), before_(std::move(before)) {}
  ~NewConf();
  NewConf(NewConf&& other) noexcept
      : directories_(std::move(other.directories_)),
        path_(std::exchange(other.path_, {})),
        before_(std::move(other.before_)) {}
  NewConf& operator=(NewConf&&) = delete;

  bool is_written() const { return !path_.empty(); }
  bool was_there() const { return before_.has_value(); }
  void keep() {
    path_.clear();
    directories_.keep();
  }

 private:
  NewDirectories directories_;  // go after the file
  std::string path_;
  std::optional<std::string> before_;  // of a file that was there
};

// Writes it when the request names a server and there is no file: mode 0600, for the service's user, with the
// folders that are missing. Into a file that names no server it writes the server, and id and token unless
// they stand there; the rest of it, its mode and its owner stay. Throws Errc::bad_config for what a
// configuration file cannot say, Errc::io.
NewConf write_missing_conf(const ServiceScene& scene);

// What a file that was there already says otherwise than the request: "basic.server is a, not b"; "" =
// nothing.
std::string conflict_with(const ServiceRequest& request, const ServiceConfig& config,
                          const std::string& token);

// The token in the request's file, "" without one. Throws Errc::bad_config, Errc::io.
std::string read_token(const ServiceRequest& request);

}  // namespace agent::host
