// CapturedTree: the files of another system, as far as a collector reads them, in a directory of the test's
// own.
//
// trees/<name>.txt holds them: a line "=== proc/stat" begins a file, "=== a -> b" is a symbolic link.
#pragma once

#include <string>
#include <string_view>

#include "tests/host/sample_tree.hpp"

namespace metrics_test {

class CapturedTree : public agent::host::SampleTree {
 public:
  // Fails the test when there is no such tree.
  explicit CapturedTree(const std::string& name);

  CapturedTree& link(std::string_view name, std::string_view target);
  // Replaces a text in a file, which must be there.
  CapturedTree& edit(std::string_view name, std::string_view old_text, std::string_view new_text);
  std::string text(std::string_view name) const;
};

}  // namespace metrics_test
