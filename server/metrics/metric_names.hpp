// What metrics-agents collect, and the names of it (docs/metrics.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/wire/metrics.hpp"

namespace server {

// The type of agents that are asked.
inline constexpr std::string_view kMetricsAgent = "metrics-agent";

// What one report is about. The names of a series' label are those of the jobs.
enum class ReportKind : std::uint8_t { facts, usage, processes, connections, temperatures };
inline constexpr std::size_t kReportKinds = 5;
inline constexpr std::array<std::string_view, kReportKinds> kJobs{"static", "usage", "process", "conns",
                                                                  "temps"};

// What `req` of a request calls them. Not for facts, which have a request of their own.
constexpr std::int64_t request_number(ReportKind kind) { return static_cast<std::int64_t>(kind) - 1; }

// Kinds of connections that can be asked for.
inline constexpr std::array<std::string_view, 7> kConnectionKinds{"tcp",  "tcp4", "tcp6", "udp",
                                                                  "udp4", "udp6", "unix"};
// "tcp" is of both versions; "unix" are also those that originals call "file".
bool is_of_kind(std::string_view type, std::string_view kind);

// What is wrong with the first of `names` that is not among `known`: "'tcp5' is unknown; known are tcp, ...".
std::optional<std::string> unknown_job(const std::vector<std::string>& names);
std::optional<std::string> unknown_connection_kind(const std::vector<std::string>& names);

}  // namespace server
