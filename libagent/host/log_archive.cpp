#include "host/log_archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "agent/error.hpp"
#include "base/digest.hpp"
#include "host/regular_file.hpp"
#include "host/zip_writer.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kMaxQuotedName = 100;  // of a name that came from the network

std::string base_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

Error not_listed(std::string_view name) {
  std::string_view shown = name.substr(0, kMaxQuotedName);
  return Error(Errc::not_found, fmt::format("log file '{}{}': not one of this agent's log files", shown,
                                            shown.size() < name.size() ? "..." : ""));
}

// The paths in the order asked for, each once. Looking names up among the list's own base names is the whole
// check: a name with a separator or ".." equals none of them.
std::vector<std::string> paths_of(const std::vector<std::string>& allowed,
                                  const std::vector<std::string>& names) {
  if (names.empty()) throw Error(Errc::bad_message, "no log files are named");
  std::map<std::string, std::string> path_of;
  for (const std::string& path : allowed) path_of.emplace(base_name(path), path);
  std::set<std::string> taken;
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    auto found = path_of.find(name);
    if (name.empty() || found == path_of.end()) throw not_listed(name);
    if (taken.insert(name).second) paths.push_back(found->second);
  }
  return paths;
}

void pack(ZipWriter& zip, const std::string& path) {
  RegularFile file(path);
  zip.begin_entry(base_name(path), file.facts().modified);
  std::string buffer(kBlock, '\0');
  std::uint64_t left = file.facts().size;
  while (left > 0) {
    std::size_t count = file.read({buffer.data(), std::min<std::uint64_t>(left, kBlock)});
    if (count == 0) break;  // it became shorter
    zip.write({buffer.data(), count});
    left -= count;
  }
}

Md5::Value digest_of(const TempFile& file) {
  Md5 digest;
  for (std::uint64_t at = 0; at < file.size(); at += kBlock) digest.update(file.read(at, kBlock));
  return digest.finish();
}

}  // namespace

std::vector<LogFileInfo> list_logs(const std::vector<std::string>& paths) {
  std::vector<LogFileInfo> out;
  for (const std::string& path : paths) {
    auto facts = regular_file_facts(path);
    if (facts) out.push_back({base_name(path), facts->size, facts->modified});
  }
  return out;
}

LogArchive::LogArchive(const std::vector<std::string>& allowed, const std::vector<std::string>& names,
                       std::uint64_t max_bytes, const std::filesystem::path& temp_dir)
    : file_(temp_dir) {
  std::vector<std::string> paths = paths_of(allowed, names);
  ZipWriter zip(file_, max_bytes);
  for (const std::string& path : paths) pack(zip, path);
  zip.finish();
  md5_ = digest_of(file_);
}

}  // namespace agent::host
