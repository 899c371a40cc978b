#include "host/distribution.hpp"

#include <algorithm>
#include <string_view>

#include "base/ascii_case.hpp"
#include "base/trim.hpp"
#include "host/proc_text.hpp"

namespace agent::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxReleaseFile = 64 * 1024;

std::string read_release_file(const fs::path& path) { return read_text(path, kMaxReleaseFile); }

// "CentOS Linux release 7.9.2009 (Core)" -> "7.9.2009"
std::string version_after_release(std::string_view text) {
  constexpr std::string_view kWord = "release ";
  std::string lower = to_lower(text);
  if (lower.find("rawhide") != std::string::npos) return "rawhide";
  std::size_t begin = lower.find(kWord);
  if (begin == std::string::npos) return {};
  std::string_view rest = std::string_view(lower).substr(begin + kWord.size());
  return std::string(rest.substr(0, rest.find_first_of(" \t\r\n(")));
}

Distribution from_os_release(std::string_view text, const fs::path&) {
  return {to_lower(field_of(text, "ID", '=')), std::string(field_of(text, "VERSION_ID", '='))};
}

Distribution from_lsb_release(std::string_view text, const fs::path&) {
  return {to_lower(field_of(text, "DISTRIB_ID", '=')), std::string(field_of(text, "DISTRIB_RELEASE", '='))};
}

Distribution oracle(std::string_view text, const fs::path&) {
  return {"oracle", version_after_release(text)};
}

Distribution gentoo(std::string_view text, const fs::path&) {
  return {"gentoo", version_after_release(text)};
}

Distribution slackware(std::string_view text, const fs::path&) {
  std::string_view line = first_line(text);
  return {"slackware", std::string(trim(line.substr(std::min(line.size(), line.find(' ')))))};
}

// Derivatives keep debian_version; lsb-release, or os-release where a small image lacks it, names them.
Distribution debian(std::string_view text, const fs::path& root) {
  Distribution own = from_lsb_release(read_release_file(root / "etc/lsb-release"), root);
  if (own.name.empty()) own = from_os_release(read_release_file(root / "etc/os-release"), root);
  if (own.name == "ubuntu" || own.name == "linuxmint") return own;
  return {"debian", std::string(first_line(text))};
}

Distribution redhat_like(std::string_view text, const fs::path&) {
  std::string line = to_lower(first_line(text));
  if (line.find("red hat") != std::string::npos) return {"redhat", version_after_release(text)};
  return {line.substr(0, line.find(' ')), version_after_release(text)};
}

Distribution suse(std::string_view text, const fs::path&) {
  std::string version(field_of(text, "VERSION", '='));
  std::string_view patch_level = field_of(text, "PATCHLEVEL", '=');
  if (!patch_level.empty()) version.append(".").append(patch_level);
  bool open = to_lower(text).find("opensuse") != std::string::npos;
  return {open ? "opensuse" : "suse", version};
}

Distribution arch(std::string_view, const fs::path& root) {
  return {"arch", from_lsb_release(read_release_file(root / "etc/lsb-release"), root).version};
}

Distribution alpine(std::string_view text, const fs::path&) {
  return {"alpine", std::string(first_line(text))};
}

struct Source {
  const char* file;
  Distribution (*read)(std::string_view text, const fs::path& root);
};

// Files of derivatives stand before those of their parents, which they carry too.
constexpr Source kSources[] = {
    {"etc/oracle-release", oracle},
    {"etc/enterprise-release", oracle},
    {"etc/slackware-version", slackware},
    {"etc/debian_version", debian},
    {"etc/neokylin-release", redhat_like},
    {"etc/redhat-release", redhat_like},
    {"etc/system-release", redhat_like},
    {"etc/gentoo-release", gentoo},
    {"etc/SuSE-release", suse},
    {"etc/arch-release", arch},
    {"etc/alpine-release", alpine},
    {"etc/os-release", from_os_release},
    {"usr/lib/os-release", from_os_release},
    {"etc/lsb-release", from_lsb_release},
};

}  // namespace

Distribution read_distribution(const fs::path& root) {
  for (const Source& source : kSources) {
    std::string text = read_release_file(root / source.file);
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) continue;
    Distribution found = source.read(text, root);
    if (!found.name.empty()) return found;
  }
  return {};
}

}  // namespace agent::host
