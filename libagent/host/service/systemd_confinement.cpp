#include "host/service/systemd_confinement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "host/service/systemd_words.hpp"

namespace agent::host {
namespace {

struct Setting {
  unsigned since;  // the first version that knows it
  std::string_view line;
};

// What no program of ours needs, whatever it looks at: these change no view of the file system.
constexpr std::array kRights{
    Setting{0, "NoNewPrivileges=yes"},
    Setting{211, "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"},
    Setting{231, "MemoryDenyWriteExecute=yes"},
    Setting{231, "RestrictRealtime=yes"},
    Setting{233, "RestrictNamespaces=yes"},
    Setting{235, "KeyringMode=private"},
    Setting{235, "LockPersonality=yes"},
    Setting{242, "RestrictSUIDSGID=yes"},
    Setting{209, "SystemCallArchitectures=native"},
    // Without the group's name there is no list short enough to be right.
    Setting{239, "SystemCallFilter=@system-service"},
    Setting{239, "SystemCallErrorNumber=EPERM"},
    Setting{0, "UMask=0077"},
};

// These give it mounts of its own.
constexpr std::array kView{
    Setting{0, "PrivateDevices=yes"},         Setting{232, "ProtectKernelTunables=yes"},
    Setting{232, "ProtectKernelModules=yes"}, Setting{239, "PrivateMounts=yes"},
    Setting{244, "ProtectKernelLogs=yes"},    Setting{245, "ProtectClock=yes"},
    Setting{247, "ProtectProc=invisible"},
};

constexpr std::string_view kWhyRights =
    "# Left out, here and in every program of ours:\n"
    "#   PrivateNetwork, IPAddressDeny: it talks to the network. AF_UNIX: to the journal and to systemd;\n"
    "#     AF_NETLINK: asks for this machine's addresses.\n"
    "#   User: root, unless `install --user` says another; see the capabilities.\n"
    "#   CAP_DAC_OVERRIDE, CAP_CHOWN, CAP_FOWNER: configuration, keys and logs may belong to others, and keep\n"
    "#     their owner when they are replaced; for the same reason calls of @privileged such as chown.\n"
    "#   PrivateUsers: the files of others would belong to nobody.\n"
    "#   ProtectHostname: a name that the machine gets after the start (DHCP) would not be seen.\n"
    "#   ProcSubset: its reports are from /proc/meminfo and the like. RootDirectory: it needs the system's\n"
    "#     libraries and certificates.\n";

constexpr std::string_view kWhyObserver =
    "#   ProtectSystem, ProtectHome, PrivateTmp, PrivateDevices, PrivateMounts, ProtectKernel*, ProtectClock,\n"
    "#     ProtectControlGroups: they give it mounts of its own, and the host's are what it reports.\n"
    "#   ProtectProc, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH: it reports the processes of everybody.\n";

constexpr std::string_view kCommands =
    "# Nothing shuts this program in: it runs the commands of its users as a shell of root's would.\n"
    "#   NoNewPrivileges, RestrictSUIDSGID: sudo, su and mount must work.\n"
    "#   ProtectSystem, ProtectHome, PrivateTmp, PrivateDevices, PrivateMounts, RootDirectory: /tmp, /home, /dev\n"
    "#     and mounts are the host's, and what a command mounts must appear there.\n"
    "#   ProtectKernel*, ProtectClock, ProtectHostname, ProtectControlGroups, ProtectProc, ProcSubset: commands\n"
    "#     load modules, set sysctls, the clock and the name, and end processes.\n"
    "#   CapabilityBoundingSet, SystemCallFilter, SystemCallArchitectures, RestrictNamespaces, RestrictRealtime,\n"
    "#     RestrictAddressFamilies, MemoryDenyWriteExecute, LockPersonality, KeyringMode, UMask, DevicePolicy:\n"
    "#     containers, packet captures, 32-bit programs and those with just-in-time compilers are commands, too.\n"
    "#   PrivateNetwork, IPAddressDeny, PrivateUsers, User: their network and users are the host's.\n";

void add(std::string& out, std::string_view line) { out.append(line).push_back('\n'); }

void add_known(std::string& out, std::span<const Setting> settings, unsigned version) {
  for (const Setting& setting : settings) {
    if (version >= setting.since) add(out, setting.line);
  }
}

bool is_below(std::string_view path, std::string_view directory) {
  return path == directory || (path.starts_with(directory) && path[directory.size()] == '/');
}

// Every path that the program cannot do without.
std::vector<std::string_view> paths_of(const ServiceSpec& spec) {
  std::vector<std::string_view> out{spec.program};
  out.insert(out.end(), spec.writable.begin(), spec.writable.end());
  out.insert(out.end(), spec.readable.begin(), spec.readable.end());
  return out;
}

// One of them that lies below one of `directories`, "" for none.
std::string_view path_below(const ServiceSpec& spec, std::span<const std::string_view> directories) {
  for (std::string_view path : paths_of(spec)) {
    for (std::string_view directory : directories) {
      if (is_below(path, directory)) return directory;
    }
  }
  return {};
}

void add_unless_below(std::string& out, const ServiceSpec& spec,
                      std::span<const std::string_view> directories, std::string_view line) {
  const std::string_view directory = path_below(spec, directories);
  if (directory.empty()) {
    add(out, line);
  } else {
    out += fmt::format("# Not {}: the program or a file of its is in {}.\n", line, directory);
  }
}

std::vector<std::string> writable_paths(const ServiceSpec& spec, unsigned version) {
  std::vector<std::string> out = spec.writable;
  if (version < 235) {  // later ones are StateDirectory= and LogsDirectory=
    out.push_back("/var/lib/" + spec.name);
    out.push_back("/var/log/" + spec.name);
  }
  return out;
}

// Only its own files can be written; below 232 only the system's cannot be.
void add_file_system(std::string& out, const ServiceSpec& spec, unsigned version) {
  std::string words;
  for (const std::string& path : writable_paths(spec, version)) {
    const std::optional<std::string> word = systemd_path(path);
    if (!word) {
      add(out, "# Not ProtectSystem=strict: a path that it writes cannot be named in a unit.");
      return;
    }
    words += " " + *word;
  }
  add(out, version >= 232 ? "ProtectSystem=strict" : "ProtectSystem=full");
  if (words.empty()) return;
  add(out, (version >= 231 ? "ReadWritePaths=" : "ReadWriteDirectories=") + words.substr(1));
}

void add_view(std::string& out, const ServiceSpec& spec, unsigned version) {
  constexpr std::array<std::string_view, 3> kHomes{"/home", "/root", "/run/user"};
  constexpr std::array<std::string_view, 2> kTemporary{"/tmp", "/var/tmp"};
  add_file_system(out, spec, version);
  add_unless_below(out, spec, kHomes, "ProtectHome=yes");
  add_unless_below(out, spec, kTemporary, "PrivateTmp=yes");
  add_known(out, kView, version);
  if (spec.delegate) {
    add(out, "# Not ProtectControlGroups: limits are groups that it makes.");
  } else if (version >= 232) {
    add(out, "ProtectControlGroups=yes");
  }
}

// A server may be told to listen on a port below 1024.
void add_capabilities(std::string& out, const ServiceSpec& spec, unsigned version, bool is_observer) {
  std::string set;
  if (spec.user.empty()) set = " CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER";
  if (spec.low_ports) set += " CAP_NET_BIND_SERVICE";
  if (is_observer) set += " CAP_SYS_PTRACE CAP_DAC_READ_SEARCH";
  if (spec.low_ports) add(out, "# CAP_NET_BIND_SERVICE: for ports below 1024.");
  add(out, "CapabilityBoundingSet=" + (set.empty() ? set : set.substr(1)));
  if (!spec.user.empty() && !set.empty() && version >= 229) add(out, "AmbientCapabilities=" + set.substr(1));
}

}  // namespace

std::string systemd_confinement(const ServiceSpec& spec, unsigned version) {
  if (spec.confinement == Confinement::commands) return std::string(kCommands);
  const bool is_observer = spec.confinement == Confinement::observer;
  std::string out = "# It can do what it needs and no more.\n";
  add_known(out, kRights, version);
  add_capabilities(out, spec, version, is_observer);
  if (!is_observer) add_view(out, spec, version);
  out += kWhyRights;
  if (is_observer) out += kWhyObserver;
  return out;
}

}  // namespace agent::host
