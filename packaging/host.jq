# What a metrics-agent knows about its host, in ten lines: jq -rf host.jq --slurp, of the answers of
# /api/metrics/{id}/static and /api/metrics/{id}/dynamic?top=3.

def size: if . == null then "?" elif . >= 1073741824 then "\(. / 1073741824 * 10 | round / 10) GiB"
  else "\(. / 1048576 | round) MiB" end;
def percent: "\(. // 0 | round) %";
def some(most): (.[:most] | join(", ")) + (if length > most then ", …" else "" end) | if . == "" then "none" else . end;

.[0].payload as $facts | .[1].payload as $now |
"host          \($facts.host.name), up \(($facts.host.uptime // 0) / 3600 * 10 | round / 10) h",
"system        \($facts.os.platform_name) \($facts.os.platform_version), kernel \($facts.kernel.version) \($facts.kernel.arch)",
"processors    \($facts.cpu.logical), \($facts.cpu.physical) cores, \($facts.cpu.cores[0].model // "unknown model")",
"busy          \($now.usage.cpu.usage | percent)\(if $now.usage.first then " since its start" else "" end), load \($now.usage.cpu.load1) \($now.usage.cpu.load5) \($now.usage.cpu.load15)",
"memory        \($facts.memory.physical | size), \($now.usage.memory.usage | percent) used; swap \($facts.memory.swap | size)",
"disks         \([$facts.disks[]? | "\(.type) \(.total | size)"] | some(4))",
"file systems  \([$now.usage.partitions[]? | "\(.name) \(.unmeasured // (.usage | ceil | percent))"] | some(4))",
"interfaces    \([$facts.interface[]? | "\(.name) \(.addrs[0] // "without address")"] | some(4))",
"busiest       \([$now.process[]? | "\(.cmd[0] // "[\(.id)]" | split("/") | last) \(.cpu_usage | percent)"] | some(3))",
"temperatures  \([$now.temperatures[]? | "\(.name) \(.temp | round) °C"] | some(4))"
