#include "host/service/systemd_unit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "host/service/state_directory.hpp"
#include "host/service/systemd_confinement.hpp"
#include "host/service/systemd_words.hpp"

namespace agent::host {
namespace {

using Lines = std::string;

void add(Lines& out, std::string_view line) { out.append(line).push_back('\n'); }

// Where systemd 254 has DelegateSubgroup=, it is not wanted: the program takes the group that it starts in
// for its unit's. "$$" and "%%" are the shell's "$" and "%".
constexpr std::string_view kTakeBack =
    "# An agent that was killed leaves controllers passed on to the groups below, and cgroup v2 puts no process\n"
    "# into such a group: the next start would fail (219/CGROUP).\n"
    "ExecStopPost=-+/bin/sh -c 'exec 2>/dev/null; own=$$(sed -n s/^0:://p /proc/self/cgroup); "
    "case $$own in */.control) ;; *) exit 0 ;; esac; for top in /sys/fs/cgroup /sys/fs/cgroup/unified; do "
    "find \"$$top$${own%%/.control}\" -depth -type d | while read -r group; do "
    "for controller in cpu io memory pids; do echo \"-$$controller\" >\"$$group/cgroup.subtree_control\"; "
    "done; done; done'";

void add_head(Lines& out, const ServiceSpec& spec) {
  out += fmt::format(
      "# {0} as a service, written by `{0} install`, which keeps a copy (.bak) when this file was edited.\n"
      "# Changes of your own belong into a drop-in, which stays: systemctl edit {0}\n\n",
      spec.name);
}

constexpr std::string_view kNoLimit = "# However often it fails, it is started again.";

void add_unit(Lines& out, const ServiceSpec& spec, unsigned version) {
  out += fmt::format("[Unit]\nDescription={}\nAfter=network.target\n", systemd_text(spec.description));
  if (version >= 230) out += fmt::format("{}\nStartLimitIntervalSec=0\n", kNoLimit);
  out += '\n';
}

void add_start(Lines& out, const ServiceSpec& spec, unsigned version) {
  add(out, "[Service]\nType=notify");
  const std::string program = systemd_program(spec.program, version);
  // '$' would be taken for a variable in the name that the program sees of itself: that one is given apart.
  const bool named = program.find('$') != std::string::npos;
  std::string line = named ? fmt::format("ExecStart=@{} {}", program, spec.name) : "ExecStart=" + program;
  for (const std::string& argument : spec.arguments) line += " " + systemd_argument(argument, version);
  check_line(line, version);
  add(out, line);
  add(out, "ExecReload=/bin/kill -HUP $MAINPID");
  if (!spec.user.empty()) add(out, "User=" + systemd_text(spec.user));
  out += fmt::format("EnvironmentFile=-/etc/default/{0}\nEnvironmentFile=-/etc/sysconfig/{0}\n", spec.name);
}

void add_restart(Lines& out, unsigned version) {
  add(out, "Restart=always\nRestartSec=1s");
  if (version >= 254) add(out, "RestartSteps=6\nRestartMaxDelaySec=60s");
  add(out, "# A configuration that is wrong does not get better by itself.\nRestartPreventExitStatus=78");
  if (version < 230) out += fmt::format("{}\nStartLimitInterval=0\n", kNoLimit);
}

void add_watchdog(Lines& out, unsigned version) {
  add(out, "# A loop that hangs for a minute is started again, without a core file.\nWatchdogSec=60s");
  if (version >= 240) {
    add(out, "WatchdogSignal=SIGKILL");
  } else if (version >= 229) {
    add(out, "LimitCORE=0:infinity");
  } else {
    add(out, "LimitCORE=0");
  }
}

void add_stop(Lines& out, const ServiceSpec& spec) {
  if (spec.delegate) {
    add(out,
        "# The program ends its commands itself, and leaves alone what has outlived its command.\n"
        "KillMode=process");
  }
  add(out, "TimeoutStopSec=15s");
}

void add_resources(Lines& out, const ServiceSpec& spec, unsigned version) {
  if (version >= 243)
    add(out, "# A command that runs out of memory takes only itself along.\nOOMPolicy=continue");
  if (version >= 227) {
    out +=
        "# The manager's default (15 % of what the machine can have, or 512) refuses forks of busy commands.\n";
    out += fmt::format("TasksMax={}\n", spec.confinement == Confinement::commands ? 65536 : 4096);
  }
  if (spec.open_files > 0) out += fmt::format("LimitNOFILE={}\n", spec.open_files);
  if (spec.delegate) {
    add(out, "# Limits are groups below its own.\nDelegate=yes");
    if (version >= 231) out.append(kTakeBack).push_back('\n');  // the first that knows "+"
  }
}

void add_directories(Lines& out, const ServiceSpec& spec, unsigned version) {
  out += fmt::format("RuntimeDirectory={}\nRuntimeDirectoryMode=0755\n", spec.name);
  // Versions that make directories and do not tell of them; before 235 install makes them.
  if (version < 240) {
    out += fmt::format("Environment=STATE_DIRECTORY={} RUNTIME_DIRECTORY=/run/{}\n",
                       service_state_directory(spec.name), spec.name);
  }
  if (version < 235) return;
  out += fmt::format(
      "StateDirectory={0}\nStateDirectoryMode=0750\nLogsDirectory={0}\nLogsDirectoryMode=0750\n", spec.name);
}

}  // namespace

std::string systemd_unit(const ServiceSpec& spec, unsigned version) {
  check_service_spec(spec);
  Lines out;
  add_head(out, spec);
  add_unit(out, spec, version);
  add_start(out, spec, version);
  add_restart(out, version);
  add_watchdog(out, version);
  add_stop(out, spec);
  add_resources(out, spec, version);
  add_directories(out, spec, version);
  out += "\n" + systemd_confinement(spec, version);
  add(out, "\n[Install]\nWantedBy=multi-user.target");
  return out;
}

}  // namespace agent::host
