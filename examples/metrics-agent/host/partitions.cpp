#include "partitions.hpp"

#include <agent/log.hpp>
#include <algorithm>
#include <string>
#include <utility>

namespace host {
namespace {

constexpr const char* kHung = "hung";
constexpr const char* kAutomount = "automount";
constexpr const char* kHidden = "hidden";

// What is mounted anew at the same place is another one, and one that is mounted in a second place is the
// same.
std::string device_name(const FileSystem& system) {
  return std::to_string(system.major) + ":" + std::to_string(system.minor) + " " + system.source;
}

}  // namespace

// The questions of one measurement. A thread that hangs keeps it.
struct Partitions::Batch {
  void ask(std::size_t number) { answers[number] = measure(prefix, *systems[number]); }

  std::string prefix;
  std::function<Measured(const std::string&, const FileSystem&)> measure;
  std::vector<std::shared_ptr<const FileSystem>> systems;
  std::vector<std::size_t> by_probes;  // the numbers of those that may wait
  std::vector<Measured> answers;
};

Partitions::Partitions(const HostOptions& options, std::atomic<std::uint64_t>& warnings)
    : options_(options), warnings_(warnings), files_(options.root), prefix_(files_.path("")) {
  prefix_.pop_back();  // the slash
}

// The mounts of pid 1, which may be refused to an unprivileged user, else of this process: in a container
// those of the host as far as they are mounted in it.
std::string Partitions::table_text() {
  std::string text(files_.read("proc/1/mountinfo"));
  if (!text.empty() || !files_.own()) return text;
  return std::string(files_.read("proc/self/mountinfo"));
}

// Nearly always it is the table of the last time.
void Partitions::read_table() {
  std::string text = table_text();
  if (text == text_ && !known_.empty()) return;
  std::vector<Mount> mounts = parse_mountinfo(text);
  if (text.empty() && !files_.own()) {
    MachineFiles own;
    mounts = below_prefix(parse_mountinfo(own.read("proc/self/mountinfo")), prefix_);
  }
  const std::string types(files_.read("proc/filesystems"));
  known_.clear();
  for (FileSystem& system : choose_file_systems(mounts, options_.mounts, types)) {
    std::vector<DeviceNumber> devices = devices_of(system, files_);
    known_.push_back(
        {{std::make_shared<const FileSystem>(std::move(system)), 0, std::move(devices), {}, {}}, false});
  }
  text_ = std::move(text);
  std::set<std::string> mounted;
  for (const Known& known : known_) mounted.insert(known.partition.mount().point);
  std::erase_if(silent_, [&mounted](const std::string& point) { return !mounted.contains(point); });
}

std::shared_ptr<Partitions::Batch> Partitions::ask(std::vector<ProbeEnd>& ends) {
  auto batch = std::make_shared<Batch>();
  batch->prefix = prefix_;
  batch->measure = options_.measure;
  for (const Known& known : known_) {
    if (known.partition.system->expiring) continue;
    if (!known.at_once) batch->by_probes.push_back(batch->systems.size());
    batch->systems.push_back(known.partition.system);
  }
  batch->answers.resize(batch->systems.size());
  ends.assign(batch->systems.size(), ProbeEnd::answered);
  ask_probes(batch, ends);
  std::size_t number = 0;
  for (Known& known : known_) {
    if (known.partition.system->expiring) continue;
    if (known.at_once) batch->ask(number);
    // Another thread is not woken up for what can only be answered at once. Not at first, when a driver may
    // have something to count, and not where the way leads through a container's own mounts.
    known.at_once =
        prefix_.empty() && !known.partition.system->may_wait && ends[number] == ProbeEnd::answered;
    ++number;
  }
  return batch;
}

void Partitions::ask_probes(const std::shared_ptr<Batch>& batch, std::vector<ProbeEnd>& ends) {
  if (batch->by_probes.empty()) return;
  std::vector<Probe> questions;
  for (const std::size_t number : batch->by_probes) {
    const FileSystem& system = *batch->systems[number];
    questions.push_back({device_name(system), system.remote});
  }
  const std::vector<ProbeEnd> asked = options_.probes->run(
      questions, [batch](std::size_t question) { batch->ask(batch->by_probes[question]); });
  for (std::size_t i = 0; i < asked.size(); ++i) ends[batch->by_probes[i]] = asked[i];
}

void Partitions::judge(const Batch& batch, std::size_t number, ProbeEnd end, Partition& partition) {
  if (end != ProbeEnd::answered) {
    partition.unmeasured = kHung;
    return tell(partition, end == ProbeEnd::hung);
  }
  const Measured& answer = batch.answers[number];
  partition.place = answer.place;
  if (answer.kind == Measured::Kind::space) partition.space = answer.space;
  if (answer.kind == Measured::Kind::hidden) partition.unmeasured = kHidden;
  if (answer.kind == Measured::Kind::failed) partition.unmeasured = answer.problem;
  tell(partition, answer.kind == Measured::Kind::failed);
}

void Partitions::tell(const Partition& partition, bool in_vain) {
  const Mount& mount = partition.mount();
  if (in_vain) ++warnings_;
  if (in_vain && silent_.insert(mount.point).second) {
    agent::log::warn("{} ({}, {}): its usage cannot be read: {}", mount.point, mount.type, mount.source,
                     partition.unmeasured == kHung ? "it does not answer" : partition.unmeasured);
  } else if (partition.space && silent_.erase(mount.point) != 0) {
    agent::log::info("{} ({}): its usage can be read again", mount.point, mount.type);
  }
}

std::vector<Partition> Partitions::measure() {
  read_table();
  std::vector<ProbeEnd> ends;
  const std::shared_ptr<Batch> batch = ask(ends);
  std::vector<Partition> partitions;
  partitions.reserve(known_.size());
  std::size_t number = 0;
  for (const Known& known : known_) {
    Partition partition = known.partition;
    if (partition.system->expiring) {
      partition.unmeasured = kAutomount;
    } else {
      judge(*batch, number, ends[number], partition);
      const bool file =
          ends[number] == ProbeEnd::answered && batch->answers[number].kind == Measured::Kind::file;
      ++number;
      if (file) continue;
    }
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

}  // namespace host
