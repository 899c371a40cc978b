// LogkitSettings: the keys logkit.* of the agent's configuration file.
#pragma once

#include <agent/config.hpp>
#include <agent/files.hpp>
#include <string>
#include <vector>

#include "runner.hpp"

namespace logkit {

struct LogkitSettings {
  std::string runners = "/etc/logkit-agent/runners";
  std::string state;
  std::vector<std::string> roots;
  std::vector<std::string> scripts;
  std::vector<std::string> delete_roots;

  // What the runners share. `state`: or else $STATE_DIRECTORY, or /var/lib/logkit-agent.
  Surroundings surroundings() const;

  static void fields(auto& field) {
    using agent::FieldRules;
    using agent::ValueKind;
    field("logkit.runners", &LogkitSettings::runners,
          "directory of the runners: a file *.conf for each, which is watched",
          FieldRules{.kind = ValueKind::path,
                     .absolute = true,
                     .pattern = "^/",
                     .mismatch = "is not an absolute path",
                     .category = "collection"});
    field("logkit.state", &LogkitSettings::state,
          "directory that keeps how far each file was read; empty: in the state directory",
          FieldRules{.kind = ValueKind::path, .absolute = true, .category = "collection"});
    field("logkit.roots", &LogkitSettings::roots,
          "directories below which runners may read and write, links resolved; empty: everywhere",
          FieldRules{.kind = ValueKind::path, .absolute = true, .category = "collection"});
    field("logkit.scripts", &LogkitSettings::scripts,
          "directories of the scripts that runners may run, links resolved; empty: no script is run",
          FieldRules{.kind = ValueKind::path, .absolute = true, .category = "collection"});
    field(
        "logkit.delete_roots", &LogkitSettings::delete_roots,
        "directories below which runners may delete files that were delivered, links resolved; empty: nothing is "
        "deleted",
        FieldRules{.kind = ValueKind::path, .absolute = true, .category = "collection"});
  }
};

}  // namespace logkit
