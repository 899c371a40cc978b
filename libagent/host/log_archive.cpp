#include "host/log_archive.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "agent/error.hpp"
#include "host/regular_file.hpp"
#include "host/zip_writer.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kMaxQuotedName = 100;  // of a name that came from the network

// TODO(cleanup): base/digest.hpp replaces this class once it is there.
class Md5 {
 public:
  Md5() {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) != 1) throw failure();
  }
  void update(std::string_view bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw failure();
  }
  std::array<std::uint8_t, 16> finish() {
    std::array<std::uint8_t, 16> out{};
    if (EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) != 1) throw failure();
    return out;
  }

 private:
  static Error failure() { return Error(Errc::io, "md5: refused by OpenSSL"); }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

std::string base_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

Error not_listed(std::string_view name) {
  std::string_view shown = name.substr(0, kMaxQuotedName);
  return Error(Errc::not_found, fmt::format("log file '{}{}': not one of this agent's log files", shown,
                                            shown.size() < name.size() ? "..." : ""));
}

// Comparing with the list's own base names is the whole check: a name with a separator or ".." equals none.
const std::string& path_of(const std::vector<std::string>& allowed, const std::string& name) {
  auto has_name = [&](const std::string& path) { return base_name(path) == name; };
  auto found = std::find_if(allowed.begin(), allowed.end(), has_name);
  if (name.empty() || found == allowed.end()) throw not_listed(name);
  return *found;
}

// In the order asked for, each once.
std::vector<std::string> paths_of(const std::vector<std::string>& allowed,
                                  const std::vector<std::string>& names) {
  if (names.empty()) throw Error(Errc::bad_message, "no log files are named");
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    const std::string& path = path_of(allowed, name);
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
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

Error too_large(std::uint64_t max_bytes) {
  return Error(Errc::too_large,
               fmt::format("log archive: more than {} bytes; ask for fewer files", max_bytes));
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
  Md5 digest;
  ZipWriter zip([&](std::string_view bytes) {
    if (bytes.size() > max_bytes - file_.size()) throw too_large(max_bytes);
    digest.update(bytes);
    file_.append(bytes);
  });
  for (const std::string& path : paths) pack(zip, path);
  zip.finish();
  md5_ = digest.finish();
}

}  // namespace agent::host
