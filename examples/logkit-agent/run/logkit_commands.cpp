#include "logkit_commands.hpp"

#include <fmt/format.h>

#include <agent/error.hpp>
#include <agent/log.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>

#include "check_runner.hpp"
#include "collector.hpp"
#include "pipeline.hpp"
#include "reader_source.hpp"
#include "stop_signal.hpp"

namespace logkit {
namespace {

using agent::Errc;
using agent::Error;

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2, kBadConfig = 78 };

struct Arguments {
  std::string config, input, runners, state;
  std::vector<std::string> roots, scripts, delete_roots;
  bool is_once = false;
  bool wants_help = false;
};

// Wrong usage, with what would be right.
struct UsageError {
  std::string text;
};

constexpr std::string_view kHelp = R"(Collects logs without a server:

  logkit-agent run --runners DIR [--state DIR] [--root DIR]... [--scripts DIR]...
                   [--delete-root DIR]... [--once]
      Runs the runners, the *.conf files of the directory, until SIGTERM. With --once it reads what is there,
      delivers it, and ends.
  logkit-agent check --config FILE
      Prints what is wrong with a runner's file, and what is odd.
  logkit-agent parse --config FILE --input FILE
      Shows what becomes of each line. Nothing is sent, and nothing is kept.

  --state DIR  where it is kept how far each file was read, and status.json; else DIR/state of the runners
  --root DIR   runners may read and write below this directory only; may be given several times
  --scripts DIR  runners may run scripts below this directory; may be given several times; without it, none
  --delete-root DIR  runners may delete delivered files below this directory; may be given several times;
               without it, and with --once, none

Exit codes: 0 done, 1 a runner had an error when it ended, 2 wrong usage, 78 wrong configuration.
)";

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments out;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto value = [&] {
      if (i + 1 == words.size()) throw UsageError{word + " needs a value"};
      return words[++i];
    };
    if (word == "--once")
      out.is_once = true;
    else if (word == "--help" || word == "-h")
      out.wants_help = true;
    else if (word == "--config")
      out.config = value();
    else if (word == "--input")
      out.input = value();
    else if (word == "--runners")
      out.runners = value();
    else if (word == "--state")
      out.state = value();
    else if (word == "--root")
      out.roots.push_back(value());
    else if (word == "--scripts")
      out.scripts.push_back(value());
    else if (word == "--delete-root")
      out.delete_roots.push_back(value());
    else
      throw UsageError{"unknown argument " + word};
  }
  return out;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Errc::io, "read " + path + ": it cannot be opened");
  return {std::istreambuf_iterator<char>(file), {}};
}

RunnerConfig read_config(const std::string& path) {
  if (path.empty()) throw UsageError{"missing --config FILE"};
  RunnerConfig config = parse_runner(read_text(path), std::filesystem::path(path).stem().string());
  check_runner(config);
  return config;
}

int check(const Arguments& arguments) {
  const RunnerConfig config = read_config(arguments.config);
  for (const std::string& warning : config.warnings) fmt::print(stderr, "warning: {}\n", warning);
  fmt::print("{} is valid\n", arguments.config);
  return kDone;
}

void show(const Batch& batch) {
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    std::string json;
    append_json(json, batch.record(i));
    const std::uint16_t sender = batch.items[i].sender;
    fmt::print("  record {} -> {}\n", json,
               sender == Batch::kAllSenders ? "every sender" : fmt::format("sender {}", sender));
  }
  if (batch.items.empty()) fmt::print("  no record\n");
}

// What becomes of each line of a file, split as the runner's reader does it.
using ShowLine = std::function<void(const Line&)>;

void split_file(const FileSource& source, Unit unit, std::string_view bytes, const ShowLine& show) {
  LineSplitter::Options options = source.tail.lines;
  options.unit = unit;
  LineSplitter splitter(options);
  Line line;
  while (!bytes.empty()) {
    const std::span<char> room = splitter.room();
    const std::size_t count = bytes.copy(room.data(), room.size());
    bytes.remove_prefix(count);
    splitter.filled(count);
    while (splitter.next(line)) show(line);
  }
  while (splitter.rest(line)) show(line);
}

void split_stream(const StreamSource& source, std::string_view bytes, const ShowLine& show) {
  const auto splitter = make_frame_splitter(source.framing, source.tail.lines);
  const FrameSink sink = [&](const Frame& frame) {
    show({frame.text, 0, frame.text.size(), false, frame.cut});
  };
  splitter->feed(bytes, sink);
  splitter->finish(sink);
}

void show_line(const Line& line, LineDecoder& decoder, Pipeline& pipeline) {
  Batch batch;
  const std::string text(decoder.decode(line, batch.arena));
  fmt::print("line {}\n", text);
  if (!pipeline.add_text(text, batch)) fmt::print("  parser: {}\n", pipeline.counts().parser.last_error);
  show(batch);
}

int parse(const Arguments& arguments) {
  const RunnerConfig config = read_config(arguments.config);
  if (arguments.input.empty()) throw UsageError{"missing --input FILE"};
  const ReaderSource source = read_reader_source(config);
  const LineSource& lines = line_part(source);
  Pipeline pipeline(config, lines);
  const std::string bytes = read_text(arguments.input);
  LineDecoder decoder(lines.tail.encoding, std::string_view(bytes).substr(0, 2));
  const ShowLine show = [&](const Line& line) { show_line(line, decoder, pipeline); };
  if (const auto* const files = std::get_if<FileSource>(&source))
    split_file(*files, decoder.unit(), bytes, show);
  else
    split_stream(std::get<StreamSource>(source), bytes, show);
  const PipelineCounts& counts = pipeline.counts();
  fmt::print("{} lines, {} of them with errors\n", counts.lines, counts.parser.errors);
  for (const auto& [name, stage] : counts.transforms)
    if (stage.errors > 0)
      fmt::print("{}: {} errors, the last one: {}\n", name, stage.errors, stage.last_error);
  return kDone;
}

std::string absolute(const std::string& path) { return std::filesystem::absolute(path).lexically_normal(); }

Surroundings surroundings_of(const Arguments& arguments) {
  Surroundings out;
  out.is_once = arguments.is_once;
  out.state_directory = absolute(arguments.state.empty() ? arguments.runners + "/state" : arguments.state);
  const auto all_absolute = [](std::vector<std::string> paths) {
    for (std::string& path : paths) path = absolute(path);
    return paths;
  };
  out.roots = agent::AllowedDirectories(all_absolute(arguments.roots));
  out.scripts = ScriptRights(all_absolute(arguments.scripts));
  out.deletable = DeleteRights(all_absolute(arguments.delete_roots));
  return out;
}

// The counts are those of this run. False: a runner has an error.
bool print_statuses(const Collector& collector) {
  bool is_well = true;
  for (const auto& [name, status] : collector.statuses()) {
    is_well = is_well && status.error.empty();
    RunnerTotals before = status.before;
    std::uint64_t sent = 0;
    for (const auto& [sender, stage] : status.senders)
      sent = std::max(sent, stage.success - before.senders[sender].success);
    fmt::print("{}: {} lines read, {} with errors, {} records sent{}\n", name,
               status.read_count - before.read_count, status.parser.errors - before.parser.errors, sent,
               status.error.empty() ? "" : ", " + status.error);
  }
  return is_well;
}

int run(const Arguments& arguments) {
  if (arguments.runners.empty()) throw UsageError{"missing --runners DIRECTORY"};
  if (arguments.is_once && !std::filesystem::is_directory(arguments.runners))
    throw UsageError{"--runners " + arguments.runners + ": no such directory"};
  StopSignal stop;
  agent::log::open({});
  Collector collector(absolute(arguments.runners), surroundings_of(arguments));
  collector.scan();
  if (!arguments.is_once) collector.start();
  const auto look = arguments.is_once ? std::chrono::milliseconds(20) : std::chrono::milliseconds(60'000);
  while (!stop.wait(look))
    if (arguments.is_once && collector.has_ended()) break;
  collector.stop();
  collector.wait();
  collector.write_status();
  const bool is_well = print_statuses(collector);
  agent::log::flush();
  if (collector.failures() > 0) return kBadConfig;
  return is_well ? kDone : kFailed;
}

int serve(const std::vector<std::string>& words) {
  const Arguments arguments = read_arguments(words);
  if (arguments.wants_help) {
    fmt::print("{}", kHelp);
    return kDone;
  }
  if (words.front() == "check") return check(arguments);
  return words.front() == "parse" ? parse(arguments) : run(arguments);
}

bool is_ours(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  if (words.front() == "check" || words.front() == "parse") return true;
  const auto has = [&](const char* word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  return words.front() == "run" && (has("--runners") || has("--once"));
}

}  // namespace

std::optional<int> serve_command(const std::vector<std::string>& arguments) {
  if (!is_ours(arguments)) return std::nullopt;
  try {
    return serve(arguments);
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}\n", error.text);
    return kUsage;
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return error.code() == Errc::bad_config ? kBadConfig : kFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kFailed;
  }
}

}  // namespace logkit
