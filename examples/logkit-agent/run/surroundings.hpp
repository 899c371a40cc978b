// Surroundings: what all runners of a program share.
#pragma once

#include <agent/files.hpp>
#include <memory>
#include <string>

#include "examples/logkit-agent/read/delete_rights.hpp"
#include "examples/logkit-agent/read/own_files.hpp"
#include "examples/logkit-agent/read/script_rights.hpp"
#include "examples/logkit-agent/read/standard_input.hpp"

namespace logkit {

struct Surroundings {
  std::string state_directory;  // a folder for each runner
  agent::AllowedDirectories roots;
  DeleteRights deletable;  // nothing, unless somebody allows it
  ScriptRights scripts;    // none, unless somebody allows some
  std::shared_ptr<OwnFiles> own = std::make_shared<OwnFiles>();
  std::shared_ptr<StandardInput> standard_input = std::make_shared<StandardInput>();
  bool is_once = false;  // to the end of what is there, instead of until stop()
};

}  // namespace logkit
