// AgentSeries: an agent's own metrics, as its self-report brought them (capability `series`, docs/wire.md).
//
// The agent's text is not trusted: what is shown is written anew from what was understood, with the agent's
// id and type as labels, so that no agent can disturb the series of others or the server's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/metrics.hpp"

namespace server {

// Lines of one agent, and bytes as they are shown. 10,000 agents with a tenth of it are 32 MB.
inline constexpr std::size_t kSeriesMax = 256;
inline constexpr std::size_t kSeriesBytesMax = 32 * 1024;
// Bytes of the text that are read at all.
inline constexpr std::size_t kSeriesTextMax = 64 * 1024;

// Why a line is not shown. The names are those of the label `reason`.
enum class SeriesDrop { malformed, reserved, duplicate, limit };
inline constexpr std::array<std::string_view, 4> kSeriesDrops{"malformed", "reserved", "duplicate", "limit"};

// One name: its type, and its lines as Prometheus reads them.
struct SeriesFamily {
  std::string name;
  std::string type;
  std::string help;
  std::string lines{};
};

struct AgentSeries {
  std::vector<SeriesFamily> families;
  std::array<std::uint64_t, kSeriesDrops.size()> dropped{};
};

// Reads Prometheus' text format 0.0.4 without time stamps: counters, gauges and histograms. Names that begin
// with "agent_" and those of the originals' own series (docs/metrics.md) are the platform's.
AgentSeries read_series(std::string_view text, const std::string& id, const std::string& type);

// Shows the series of many agents. A name to which they give different types is shown as untyped.
void expose_series(const std::vector<std::shared_ptr<const AgentSeries>>& agents,
                   agent::metrics::Exposition& out);

}  // namespace server
