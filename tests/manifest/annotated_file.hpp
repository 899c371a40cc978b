// AnnotatedFile: a manifest of tests/manifest/ that says in comments what is to be found in it.
//
//   type: strng  # error: unsupported type     a finding on this line, whose text contains that
//   # original: missing key on item 1          what the original linter says first; without: it passes
#pragma once

#include <string>
#include <vector>

#include "finding.hpp"

namespace test {

struct AnnotatedFile {
  std::string name;  // "missing_key"
  std::string text;
  std::vector<manifest::Finding> wanted;  // their texts are parts
  std::string original;                   // "" = it passes
};

// Those of a folder of tests/manifest/, "good" or "bad", by name.
std::vector<AnnotatedFile> annotated_files(const std::string& folder);

}  // namespace test
