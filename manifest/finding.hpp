// Finding: something that is wrong with a file, where, and what helps.
#pragma once

#include <string>
#include <vector>

namespace manifest {

struct Finding {
  enum class Weight {
    error,    // a console or the program would stumble over it
    warning,  // nobody reads it: probably a mistake
    note,     // nothing is wrong, but somebody may wonder
  };
  Weight weight = Weight::error;
  int line = 0;        // 0: of the whole file
  std::string text;    // "basic.log.size: min is larger than max"
  std::string remedy;  // what to do, "" when the text says it
  std::string file{};  // another one than the checked: it was included

  bool operator==(const Finding&) const = default;
};

// "conf/manifest.yaml:12: error: basic.log.size: min is larger than max; swap them"
std::string to_string(const Finding& finding, const std::string& file);

// By line; what concerns the whole file comes first.
void sort(std::vector<Finding>& findings);

bool has_errors(const std::vector<Finding>& findings);

}  // namespace manifest
