// Where a test finds what is not its own. Nothing else of a test is compiled with a path of its checkout, so
// that other checkouts find its objects in a compiler's cache.
#pragma once

#include <string>
#include <string_view>

namespace test {

// A program of the same build, e.g. "agent-server": it lies beside the one that runs.
std::string built_program(std::string_view name);

// A file or folder of the sources: "docs/logs.md".
std::string source_path(std::string_view path);

}  // namespace test
