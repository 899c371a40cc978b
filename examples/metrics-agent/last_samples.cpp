#include "last_samples.hpp"

#include <algorithm>

namespace {

std::size_t index_of(Job job) { return static_cast<std::size_t>(job); }

// Connections beyond the list's bound are told by their kinds only in the counts.
void leave_kinds(agent::wire::DynamicReply& sample, const std::vector<std::string>& kinds) {
  if (kinds.empty()) return;
  const auto is_other = [&kinds](const auto& entry) { return !is_of_kinds(entry.type, kinds); };
  std::erase_if(sample.connections, is_other);
  std::erase_if(sample.connection_counts, is_other);
  if (sample.connections_cut == 0) return;
  std::uint64_t all = 0;
  for (const agent::wire::ConnectionCount& entry : sample.connection_counts) all += entry.count;
  sample.connections_cut = all - std::min<std::uint64_t>(all, sample.connections.size());
}

// A sample of `had` has all that `wanted` asks for.
bool has_all(const PartWish& had, const PartWish& wanted) {
  const bool has_top = had.top == 0 || (wanted.top != 0 && wanted.top <= had.top);
  const bool has_kinds = had.kinds.empty() || had.kinds == wanted.kinds;
  return has_top && has_kinds;
}

}  // namespace

void LastSamples::keep(Time begun, const agent::wire::StaticReply& facts) {
  facts_begun_ = begun;
  facts_ = facts;
}

void LastSamples::keep(Time begun, const PartWish& wish, const agent::wire::DynamicReply& part) {
  parts_[index_of(wish.part)] = Part{begun, wish, part};
}

std::optional<agent::wire::StaticReply> LastSamples::find(Time not_before) const {
  if (!facts_ || facts_begun_ < not_before) return std::nullopt;
  return facts_;
}

std::optional<agent::wire::DynamicReply> LastSamples::find(Time not_before, const PartWish& wish) const {
  const std::optional<Part>& part = parts_[index_of(wish.part)];
  if (!part || part->begun < not_before || !has_all(part->wish, wish)) return std::nullopt;
  agent::wire::DynamicReply sample = part->sample;
  leave_busiest(sample.processes, wish.top);
  leave_kinds(sample, wish.kinds);
  return sample;
}

void leave_busiest(std::vector<agent::wire::ProcessUsage>& processes, std::size_t top) {
  if (top == 0 || processes.size() <= top) return;
  const auto is_busier = [](const agent::wire::ProcessUsage& one, const agent::wire::ProcessUsage& other) {
    if (one.cpu.value != other.cpu.value) return one.cpu.value > other.cpu.value;
    return one.rss > other.rss;
  };
  const auto end = processes.begin() + static_cast<std::ptrdiff_t>(top);
  std::partial_sort(processes.begin(), end, processes.end(), is_busier);
  processes.erase(end, processes.end());
}

bool is_of_kinds(std::string_view type, const std::vector<std::string>& kinds) {
  if (kinds.empty()) return true;
  const std::string_view own = type == "file" ? "unix" : type;
  return std::any_of(kinds.begin(), kinds.end(), [own](const std::string& kind) {
    return own == kind || ((kind == "tcp" || kind == "udp") && own.starts_with(kind));
  });
}
