// The manifests that the programs of this build print.
#pragma once

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "read_manifest.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"

namespace test {

struct DescribedProgram {
  const char* name;
  const char* folder;         // of its manifest.yaml and its sample
  const char* configuration;  // the sample
};

inline constexpr std::array<DescribedProgram, 5> kDescribedPrograms{
    {{"agent-server", "server", "server.conf"},
     {"example-agent", "examples/example-agent", "agent.conf"},
     {"exec-agent", "examples/exec-agent", "agent.conf"},
     {"logkit-agent", "examples/logkit-agent", "agent.conf"},
     {"metrics-agent", "examples/metrics-agent", "agent.conf"}}};

// What `<program> manifest` prints.
inline std::string manifest_text(const DescribedProgram& program) {
  const auto [code, output] = run_program(built_program(program.name), {"manifest"});
  REQUIRE(code == 0);
  return output;
}

inline manifest::ManifestValue manifest_of(const DescribedProgram& program) {
  std::vector<manifest::Finding> findings;
  const auto read = manifest::read_manifest(manifest_text(program), findings);
  REQUIRE(findings.empty());
  REQUIRE(read);
  return *read;
}

}  // namespace test
