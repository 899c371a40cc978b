// FleetResults: what a run on several agents comes to: a table, JSON, an exit code. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agentctl/console.hpp"
#include "agentctl/ctl_options.hpp"
#include "agentctl/machine_run.hpp"

namespace agentctl {

// A table has a row for each agent up to this many; beyond it, for those that are not ok.
inline constexpr std::size_t kShownRows = 50;

// "3 ok, 1 failed, 1 offline"
std::string summary_of(const std::vector<MachineResult>& results);
// The table of results, "" for none; `only_bad`: without those that are ok.
std::string results_table(const std::vector<MachineResult>& results, bool only_bad, std::size_t width);
// One element of -o json. Bytes that are no UTF-8 stand under output_base64 instead of output.
std::string result_json(const MachineResult& result, std::string_view output);
// 0 only if every one was ok.
int exit_code_of(const std::vector<MachineResult>& results);

}  // namespace agentctl
