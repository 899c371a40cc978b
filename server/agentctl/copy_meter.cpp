#include "agentctl/copy_meter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "agentctl/copy_names.hpp"

namespace agentctl {

std::size_t CopyMeter::add(std::string name) {
  under_way_.emplace(++added_, File{.name = std::move(name)});
  return added_;
}

void CopyMeter::note(std::size_t file, std::uint64_t done, std::uint64_t total) {
  File& it = under_way_[file];
  it.done = done;
  it.total = total;
}

void CopyMeter::remove(std::size_t file) {
  const auto it = under_way_.find(file);
  if (it == under_way_.end()) return;
  bytes_ += it->second.done;
  under_way_.erase(it);
}

// A part of a second that is left is a second.
std::string CopyMeter::line_of_one(const File& file, std::uint64_t rate) const {
  const std::uint64_t more = file.total - std::min(file.total, file.done);
  const std::uint64_t left = rate > 0 ? (more + rate - 1) / rate : 0;
  return fmt::format("{}  {} of {}  {}/s  {} left", file.name, shown_bytes(file.done),
                     shown_bytes(file.total), shown_bytes(rate), shown_time(left));
}

std::string CopyMeter::line(Time now) const {
  if (under_way_.empty()) return {};
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  std::uint64_t bytes = bytes_;
  for (const auto& [number, file] : under_way_) bytes += file.done;
  const auto rate = seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds) : 0;
  const File& oldest = under_way_.begin()->second;
  if (added_ == 1) return line_of_one(oldest, rate);
  const std::size_t done = added_ - under_way_.size();
  return fmt::format("{} files  {}  {}/s  {}", done, shown_bytes(bytes), shown_bytes(rate), oldest.name);
}

}  // namespace agentctl
