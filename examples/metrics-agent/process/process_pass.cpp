#include "process_pass.hpp"

#include <algorithm>
#include <fstream>
#include <tuple>
#include <utility>

#include <agent/arguments.hpp>
#include <agent/clock.hpp>
#include <agent/host.hpp>

namespace {

using agent::ProcessFiles;
using agent::wire::ProcessUsage;

// Bytes of all command lines of a list, as JSON.
constexpr std::size_t kMostText = 2 * 1024 * 1024;

// Since boot. 0 when it cannot be read: shares over a life are then 0.
double read_uptime(const std::filesystem::path& root) {
  double seconds = 0;
  std::ifstream(root / "proc/uptime") >> seconds;
  return seconds;
}

// Control characters take six bytes as JSON, and what is no UTF-8 three.
std::size_t json_size(const std::string& text) {
  std::size_t size = text.size() + 3;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) size += 5;
    if (static_cast<unsigned char>(c) >= 0x80) size += 2;
  }
  return size;
}

std::size_t json_size(const std::vector<std::string>& texts) {
  std::size_t size = 0;
  for (const std::string& text : texts) size += json_size(text);
  return size;
}

bool is_busier(const ProcessUsage& a, const ProcessUsage& b) {
  return std::tuple(b.cpu.value, b.rss, a.pid) < std::tuple(a.cpu.value, a.rss, b.pid);
}

}  // namespace

ProcessPass::ProcessPass(const ProcessOptions& options, Memory memory, std::size_t top)
    : options_(options),
      memory_(memory),
      has_top_(top != 0 && top <= options.most_processes),
      most_(has_top_ ? top : options.most_processes),
      files_(options.root),
      text_left_(kMostText) {}

SampleStep ProcessPass::step(std::size_t count) {
  const std::size_t whole = count;
  if (!begun_) begin();
  uptime_ = read_uptime(options_.root);
  uptime_at_ = agent::Clock::now();
  for (; count > 0 && looked_at_ < ids_.size(); --count) look_at(ids_[looked_at_++]);
  if (looked_at_ == ids_.size() && !chosen_) choose();
  for (; chosen_ && count > 0 && detailed_ < entries_.size(); --count) add_details(entries_[detailed_++]);
  const bool more = !chosen_ || detailed_ < entries_.size();
  if (!more) finish();
  return {more, (whole - count) * (is_cut() ? 1 : 2)};
}

void ProcessPass::begin() {
  begun_ = true;
  memory_.shares.begin();
  ids_ = files_.ids();
  if (ids_.empty()) ++warnings_;
  entries_.reserve(ids_.size());
  ticks_ = static_cast<double>(agent::ticks_per_second());
  page_ = agent::page_size();
  ram_ = agent::read_total_memory(options_.root);
  read_listeners();
}

void ProcessPass::read_listeners() {
  for (const SocketType type : {SocketType::tcp4, SocketType::tcp6}) {
    const bool whole = memory_.sockets.read(
        type, true, [this](const SocketRow& row) { listeners_.emplace(row.inode, row.local.port); });
    if (!whole) ++warnings_;
  }
}

// The list is shorter than what there is, so that only the chosen ones are looked at closely.
bool ProcessPass::is_cut() const { return ids_.size() > most_; }

void ProcessPass::look_at(int pid) {
  const std::string_view text = files_.read(pid, "stat");
  if (files_.outcome() != ProcessFiles::Outcome::done) return warn_unless_ended();
  const auto stat = agent::parse_process_stat(text);
  if (!stat) {
    ++warnings_;
    return;
  }
  const auto now = agent::Clock::now();
  const ProcessShare share = memory_.shares.look({.pid = pid,
                                                  .start_ticks = stat->start_ticks,
                                                  .cpu_ticks = stat->cpu_ticks,
                                                  .age_seconds = age_of(*stat, now),
                                                  .time = now});
  Entry entry{{}, stat->name};
  entry.usage.pid = pid;
  entry.usage.parent = stat->parent;
  entry.usage.cpu.value = share.percent;
  entry.usage.whole_life = share.whole_life;
  entry.usage.vms = stat->virtual_bytes;
  entry.usage.rss = stat->resident_pages * page_;
  if (ram_ > 0) entry.usage.memory.value = 100 * double(entry.usage.rss) / double(ram_);
  if (!is_cut()) add_details(entry);
  if (entry.usage.pid != 0) entries_.push_back(std::move(entry));
}

double ProcessPass::age_of(const agent::ProcessStat& stat, std::chrono::steady_clock::time_point now) const {
  const std::chrono::duration<double> since = now - uptime_at_;
  return uptime_ + since.count() - static_cast<double>(stat.start_ticks) / ticks_;
}

void ProcessPass::choose() {
  chosen_ = true;
  if (!is_cut()) {
    detailed_ = entries_.size();
    return;
  }
  const std::size_t count = std::min(most_, entries_.size());
  if (!has_top_) sample_.processes_cut = entries_.size() - count;
  std::partial_sort(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count), entries_.end(),
                    [](const Entry& a, const Entry& b) { return is_busier(a.usage, b.usage); });
  entries_.resize(count);
}

// The process has ended if its id is 0 then.
void ProcessPass::add_details(Entry& entry) {
  if (!add_status(entry.usage) || !add_command_line(entry)) {
    entry.usage.pid = 0;
    return;
  }
  add_sockets(entry.usage);
}

bool ProcessPass::add_status(ProcessUsage& usage) {
  const std::string_view text = files_.read(usage.pid, "status");
  if (files_.outcome() == ProcessFiles::Outcome::ended) return false;
  const auto status = agent::parse_process_status(text);
  if (!status) {
    ++warnings_;
    return true;
  }
  usage.swap = status->swap_bytes;
  usage.user = memory_.accounts.user(status->user_id);
  if (usage.user.empty()) usage.user = std::to_string(status->user_id);
  return true;
}

bool ProcessPass::add_command_line(Entry& entry) {
  ProcessUsage& usage = entry.usage;
  if (options_.command_lines != CommandLines::name) {
    const std::string_view text = files_.read(usage.pid, "cmdline", options_.longest_command_line);
    if (files_.outcome() == ProcessFiles::Outcome::ended) return false;
    usage.cmd = agent::split_arguments(text);
    if (options_.command_lines == CommandLines::masked) agent::mask_arguments(usage.cmd);
  }
  const std::size_t size = json_size(usage.cmd);
  const bool too_much = size > text_left_;
  if (options_.command_lines == CommandLines::name || too_much) usage.cmd = {entry.name};
  if (!too_much) text_left_ -= size;
  return true;
}

void ProcessPass::add_sockets(ProcessUsage& usage) {
  inodes_.clear();
  files_.for_each_socket(usage.pid, [this](int, std::uint64_t inode) { inodes_.push_back(inode); });
  if (files_.outcome() == ProcessFiles::Outcome::failed) ++warnings_;
  std::sort(inodes_.begin(), inodes_.end());
  inodes_.erase(std::unique(inodes_.begin(), inodes_.end()), inodes_.end());
  usage.conns = static_cast<std::int64_t>(inodes_.size());
  if (listeners_.empty()) return;
  for (const std::uint64_t inode : inodes_) {
    if (const auto port = listeners_.find(inode); port != listeners_.end())
      usage.listen.push_back(port->second);
  }
  std::sort(usage.listen.begin(), usage.listen.end());
  usage.listen.erase(std::unique(usage.listen.begin(), usage.listen.end()), usage.listen.end());
}

void ProcessPass::finish() {
  memory_.shares.finish();
  sample_.processes.reserve(entries_.size());
  for (Entry& entry : entries_) {
    if (entry.usage.pid != 0) sample_.processes.push_back(std::move(entry.usage));
  }
  entries_ = {};
  detailed_ = 0;
}

void ProcessPass::warn_unless_ended() {
  if (files_.outcome() == ProcessFiles::Outcome::failed) ++warnings_;
}
