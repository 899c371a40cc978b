#include "agentctl/copy_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/error.hpp"
#include "base/percent.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;

namespace {

// Go's io/fs.FileMode.
constexpr std::uint64_t kDirectory = 1ULL << 31;
constexpr std::uint64_t kLink = 1ULL << 27;
constexpr std::uint64_t kOther = 1ULL << 26 | 1ULL << 25 | 1ULL << 24 | 1ULL << 21 | 1ULL << 19;

// More than any file system takes.
constexpr std::size_t kLongestName = 1024;

}  // namespace

Place parse_place(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool is_local =
      colon == std::string_view::npos || text.substr(0, colon).find('/') != std::string_view::npos;
  if (is_local) return {.agent = {}, .path = std::string(text)};
  return {.agent = std::string(text.substr(0, colon)), .path = std::string(text.substr(colon + 1))};
}

std::vector<std::string> split_ids(std::string_view ids) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= ids.size();) {
    const std::size_t end = std::min(ids.find(',', at), ids.size());
    if (end > at) out.emplace_back(ids.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

CopyOrder parse_copy(const std::vector<std::string>& words) {
  CopyOrder order;
  if (words.size() < 2) throw Error(Errc::bad_config, "want what to copy, and where to: cp FILE… ID:PATH");
  for (const std::string& word : words) order.sources.push_back(parse_place(word));
  order.target = std::move(order.sources.back());
  order.sources.pop_back();
  for (const Place& source : order.sources) {
    if (source.path.empty()) throw Error(Errc::bad_config, "what to copy has no name");
    if (source.is_remote() == order.target.is_remote())
      throw Error(Errc::bad_config, "one end is here and the other one on a machine, as ID:PATH");
  }
  if (order.target.is_remote() && split_ids(order.target.agent).empty())
    throw Error(Errc::bad_config, "where to copy to has no machine");
  if (order.target.path.empty()) throw Error(Errc::bad_config, "where to copy to has no name");
  return order;
}

std::string base_name(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name == "." || name == ".." ? std::string() : std::string(name);
}

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", name);
}

std::string checked_name(std::string_view listed) {
  std::string name = agent::percent_decode(listed);
  const bool is_plain = !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
                        name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
  if (!is_plain) throw Error(Errc::refused, "this is no name of a single file; not copied");
  return name;
}

EntryKind kind_of(std::uint64_t go_mode, bool is_link) {
  if (is_link || (go_mode & kLink) != 0) return EntryKind::link;
  if ((go_mode & kOther) != 0) return EntryKind::other;
  return (go_mode & kDirectory) != 0 ? EntryKind::directory : EntryKind::file;
}

std::string shown_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string shown_time(std::uint64_t seconds) {
  const std::uint64_t minutes = seconds / 60;
  if (minutes < 60) return fmt::format("{}:{:02}", minutes, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", minutes / 60, minutes % 60, seconds % 60);
}

}  // namespace agentctl
