// KeptId: an id that the server has assigned and that cannot be written into the configuration file, in the
// agent's state directory, so that two starts of one machine are one agent.
#pragma once

#include <string>
#include <string_view>

namespace agent::core {

class KeptId {
 public:
  // The id of the agent `name` with this configuration file: several agents of a machine have one each.
  KeptId(std::string_view name, const std::string& config_path);

  const std::string& path() const { return path_; }  // core/state_path.hpp

  // "" when there is none, or when it cannot be read: the log says why then.
  std::string read() const;
  // Makes the directory (0700) and the file (0600) when they are missing. Throws Errc::io.
  void write(const std::string& id) const;

 private:
  std::string path_;
};

}  // namespace agent::core
