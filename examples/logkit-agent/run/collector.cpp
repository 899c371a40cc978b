#include "collector.hpp"

#include <agent/error.hpp>
#include <agent/log.hpp>
#include <agent/memory.hpp>
#include <agent/path_text.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "check_runner.hpp"
#include "examples/logkit-agent/parse/record.hpp"
#include "examples/logkit-agent/read/state_file.hpp"
#include "runner_series.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;

// Changes that nothing tells of are found after this time.
constexpr std::chrono::seconds kScan{2};
// What starting, finding files and catching up have needed is not needed afterwards.
constexpr std::chrono::seconds kRelease{10};

using Texts = std::map<std::string, std::string>;

// The texts of the directory's *.conf files. Nothing: they cannot be read now, as without descriptors, which
// does not mean that they are gone.
std::optional<Texts> read_files(const std::string& directory) {
  Texts texts;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), none; !error && entry != none;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() != ".conf" || !entry->is_regular_file(ignored)) continue;
    std::ifstream file(entry->path(), std::ios::binary);
    if (!file && fs::exists(entry->path(), ignored)) return std::nullopt;
    if (file) texts[entry->path().string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  if (error && error != std::errc::no_such_file_or_directory) return std::nullopt;
  return texts;
}

}  // namespace

Collector::Collector(std::string directory, Surroundings surroundings)
    : directory_(std::move(directory)), surroundings_(std::move(surroundings)) {
  surroundings_.own->add_directory(surroundings_.state_directory, "the state of this program");
  surroundings_.own->add_directory(directory_, "the configuration of this program");
}

Collector::~Collector() {
  stop();
  wait();
}

void Collector::start() {
  thread_ = std::thread([this] {
    SteadyTime next_release{};  // what only the start needed goes at once
    while (!is_stopping_) {
      scan();
      clean(std::chrono::steady_clock::now());
      write_status();
      if (const SteadyTime now = std::chrono::steady_clock::now(); now >= next_release) {
        agent::release_memory();
        next_release = now + kRelease;
      }
      watch_.watch({directory_});
      watch_.wait(kScan);
    }
  });
}

void Collector::stop() {
  is_stopping_ = true;
  surroundings_.standard_input->end();
  watch_.wake();
  const std::lock_guard lock(mutex_);
  for (auto& [path, entry] : entries_)
    if (entry.runner) entry.runner->stop();
}

void Collector::wait() {
  if (thread_.joinable()) thread_.join();
  std::vector<std::shared_ptr<Runner>> runners;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [path, entry] : entries_)
      if (entry.runner) runners.push_back(entry.runner);
  }
  for (const auto& runner : runners) runner->wait();
  StandardInput::Rest rest;
  if (surroundings_.standard_input->take(rest) && !rest.bytes.empty())
    agent::log::warn("{} bytes of the standard input are lost: no runner reads it any more",
                     rest.bytes.size());
}

bool Collector::has_ended() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return !entry.second.runner || entry.second.runner->has_ended();
  });
}

void Collector::scan() {
  const std::lock_guard scanning(scan_mutex_);
  const std::optional<Texts> texts = read_files(directory_);
  if (!texts) {
    agent::log::warn("{}: its files cannot be read; the runners go on", agent::path_text(directory_));
    return;
  }
  erase_gone(*texts);
  for (const auto& [path, text] : *texts) {
    if (is_stopping_) return;
    const auto known = entries_.find(path);
    if (known == entries_.end() || known->second.text != text) load(path, text);
  }
}

void Collector::erase_gone(const std::map<std::string, std::string>& texts) {
  std::vector<Entry> gone;  // ends when nothing is locked
  const std::lock_guard lock(mutex_);
  for (auto known = entries_.begin(); known != entries_.end();) {
    const bool is_gone = !texts.contains(known->first);
    if (is_gone) agent::log::info("runner {} ends: its file is gone", known->second.name);
    if (is_gone) gone.push_back(std::move(known->second));
    known = is_gone ? entries_.erase(known) : std::next(known);
  }
}

void Collector::fail(Entry& entry, const std::string& path, std::string why) {
  agent::log::error("{}: {}", agent::path_text(path), why);
  const std::lock_guard lock(mutex_);
  entry.error = std::move(why);
}

bool Collector::is_taken(const std::string& name, const std::string& path) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return entry.first != path && entry.second.runner && entry.second.name == name;
  });
}

Collector::Entry& Collector::begin_load(const std::string& path, const std::string& text) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[path];
  entry.text = text;
  entry.error.clear();
  if (entry.name.empty()) entry.name = fs::path(path).stem().string();
  return entry;
}

void Collector::load(const std::string& path, const std::string& text) {
  Entry& entry = begin_load(path, text);
  try {
    if (!entry.runner && entries_.size() > kMaxRunners)
      throw agent::Error(agent::Errc::too_many,
                         "there are " + std::to_string(kMaxRunners) + " runners already");
    RunnerConfig config = parse_runner(text, fs::path(path).stem().string());
    check_runner(config);
    if (is_taken(config.name, path))
      throw agent::Error(agent::Errc::bad_config, "a runner has the name " + config.name + " already");
    restart(entry, config);
  } catch (const agent::Error& error) {
    fail(entry, path, error.what());
    // A disk may have space again: the next scan tries once more.
    if (error.code() == agent::Errc::io) entry.text.clear();
  } catch (const std::exception& error) {
    fail(entry, path, error.what());
  }
}

std::shared_ptr<Runner> Collector::take_runner(Entry& entry) {
  const std::lock_guard lock(mutex_);
  return std::move(entry.runner);
}

void Collector::put_runner(Entry& entry, const RunnerConfig& config) {
  std::shared_ptr<Runner> runner;
  const ReaderSource source = read_reader_source(config);
  if (!config.is_stopped) runner = std::make_shared<Runner>(config, surroundings_);
  const std::lock_guard lock(mutex_);
  entry.runner = std::move(runner);
  entry.name = config.name;
  entry.config = config;
  entry.cleaner = read_cleaner_options(config);
  entry.source.reset();
  if (const auto* const files = std::get_if<FileSource>(&source)) entry.source = *files;
  // stop() may not have seen it.
  if (is_stopping_ && entry.runner) entry.runner->stop();
}

// The old one ends first: both have the same checkpoint.
void Collector::restart(Entry& entry, const RunnerConfig& config) {
  const RunnerConfig before = entry.config;
  const std::shared_ptr<Runner> old = take_runner(entry);
  const bool had_one = old != nullptr;
  if (old) old->stop();
  if (old) old->wait();
  for (const std::string& warning : config.warnings) agent::log::warn("{}: {}", config.name, warning);
  try {
    put_runner(entry, config);
    agent::log::info("runner {} {}", config.name, config.is_stopped ? "is stopped" : "starts");
  } catch (const std::exception&) {
    if (had_one) put_runner(entry, before);
    throw;
  }
}

std::map<std::string, RunnerStatus> Collector::statuses() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, RunnerStatus> statuses;
  for (const auto& [path, entry] : entries_) {
    RunnerStatus status;
    status.name = entry.name;
    status.running = "stopped";
    if (entry.runner) status = entry.runner->status();
    if (!entry.error.empty()) status.error = entry.error;
    status.deleted_files = entry.deleted_files;
    status.deleted_bytes = entry.deleted_bytes;
    if (!entry.cleaning_problem.empty()) status.warnings.push_back(entry.cleaning_problem);
    statuses[entry.name] = std::move(status);
  }
  return statuses;
}

void Collector::write_status() const {
  std::string text = "{";
  for (const auto& [name, status] : statuses()) {
    if (text.size() > 1) text += ",\n";
    append_json_string(text, name);
    text += ":" + agent::json::encode(status);
  }
  text += "}\n";
  try {
    replace_file(surroundings_.state_directory + "/status.json", text);
  } catch (const agent::Error& error) {
    agent::log::warn("{}", error.what());
  }
}

std::size_t Collector::failures() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const auto& entry) { return !entry.second.error.empty(); }));
}

void Collector::expose(agent::metrics::Exposition& out) const { expose_runners(statuses(), out); }

}  // namespace logkit
