#include "agentctl/fleet_run.hpp"

#include <fmt/format.h>

#include <asio/signal_set.hpp>
#include <csignal>
#include <map>
#include <utility>

#include "agentctl/fleet_results.hpp"
#include "agentctl/line_prefix.hpp"
#include "agentctl/safe_text.hpp"
#include "base/event.hpp"
#include "net/spawn.hpp"

namespace agentctl {

using agent::Task;

namespace {

constexpr Color kPrefixColors[] = {Color::green, Color::yellow, Color::blue, Color::bold};

// Fleet: the state of a run. Its coroutines share it: those that are left behind by a second Ctrl-C end with
// the loop.
class Fleet : public std::enable_shared_from_this<Fleet> {
 public:
  Fleet(Tools tools, FleetOptions options)
      : tools_(tools),
        options_(std::move(options)),
        results_(options_.ids.size()),
        signals_(tools.api.loop().io()),
        shows_data_(tools.options.format == Format::json || tools.options.format == Format::yaml) {
    for (std::size_t i = 0; i < options_.ids.size(); ++i) {
      results_[i].agent = options_.ids[i];
      results_[i].end.outcome = Outcome::not_begun;
    }
  }

  Task<int> run() {
    watch_for_ctrl_c();
    begin_more();
    while (!running_.empty() && !is_left_ && !failure_) co_await changed_.wait();
    asio::error_code ignored;
    signals_.cancel(ignored);
    if (failure_) {
      co_await end_all();
      std::rethrow_exception(failure_);
    }
    if (is_left_) leave_all();
    co_return finish();
  }

 private:
  // What one agent's part needs to say and to keep.
  struct Part {
    std::unique_ptr<MachineRun> run;
    LinePrefix prefix{""};
    std::string kept;  // output, for -o json
  };

  bool may_begin() const {
    const RunOptions& run = tools_.options.run;
    return next_ < options_.ids.size() && running_.size() < run.parallel && !is_stopped_ && !is_left_ &&
           !(run.fail_fast && has_failed_) && !failure_;
  }

  void begin_more() {
    while (may_begin()) begin(next_++);
    show_progress();
  }

  void begin(std::size_t index) {
    const std::string& id = options_.ids[index];
    auto part = std::make_shared<Part>();
    const Color color = kPrefixColors[std::hash<std::string>()(id) % std::size(kPrefixColors)];
    part->prefix = LinePrefix(tools_.console.paint(color, safe_text(id) + ":") + " ");
    MachineOptions machine;
    machine.start = options_.start;
    machine.detach = tools_.options.run.detach;
    machine.take = [this, part = part.get()](std::string_view bytes) { take(*part, bytes); };
    machine.tell = [this, id](const std::string& line) {
      tools_.console.hint(fmt::format("{}: {}", id, line));
    };
    part->run = std::make_unique<MachineRun>(tools_.api, id, std::move(machine));
    running_.emplace(index, part);
    agent::net::spawn(tools_.api.loop(), run_part(shared_from_this(), part, index),
                      [self = shared_from_this()](std::exception_ptr thrown) {
                        if (thrown && !self->failure_) self->failure_ = std::move(thrown);
                        self->changed_.wake();
                      });
  }

  static Task<> run_part(std::shared_ptr<Fleet> self, std::shared_ptr<Part> part, std::size_t index) {
    MachineResult result = co_await part->run->run();
    if (self->is_left_) co_return;
    self->end(*part, index, std::move(result));
  }

  void take(Part& part, std::string_view bytes) {
    if (shows_data_) {
      part.kept += bytes;
    } else if (options_.is_single) {
      tools_.console.print(bytes);
    } else {
      tools_.console.print(part.prefix.feed(bytes));
    }
  }

  void end(Part& part, std::size_t index, MachineResult result) {
    running_.erase(index);
    if (!result.is_ok() && result.end.outcome != Outcome::started) has_failed_ = true;
    results_[index] = std::move(result);
    const std::string rest = part.prefix.finish();
    if (!rest.empty()) tools_.console.print(rest);
    if (shows_data_) show_element(result_json(results_[index], part.kept));
    if (results_[index].end.outcome == Outcome::started)
      tools_.console.print(results_[index].agent + "/" + results_[index].task + "\n");
    begin_more();
  }

  void show_element(const std::string& json) {
    if (tools_.options.format == Format::yaml) {
      agent::json::Document document = agent::json::Document::parse("[" + json + "]");
      tools_.console.print(yaml_text(document.root()));
    } else {
      tools_.console.print((has_element_ ? ",\n" : "[\n") + json);
    }
    has_element_ = true;
  }

  void show_progress() {
    if (options_.is_single || !tools_.console.shows_progress()) return;
    tools_.console.show_progress(fmt::format("{} of {} done, {} running", next_ - running_.size(),
                                             options_.ids.size(), running_.size()));
  }

  void watch_for_ctrl_c() {
    signals_.add(SIGINT);
    signals_.async_wait([self = shared_from_this()](const asio::error_code& error, int) {
      if (error) return;
      self->take_ctrl_c();
      self->watch_again();
    });
  }

  void watch_again() {
    signals_.async_wait([self = shared_from_this()](const asio::error_code& error, int) {
      if (!error) self->take_ctrl_c();
    });
  }

  void take_ctrl_c() {
    if (is_stopped_) {
      is_left_ = true;
      return changed_.wake();
    }
    is_stopped_ = true;
    tools_.console.begin_line();
    tools_.console.warn(
        running_.size() == 1
            ? "asked the command to end; Ctrl-C again leaves it running"
            : fmt::format("asked {} commands to end; Ctrl-C again leaves them running", running_.size()));
    for (const auto& [index, part] : running_) {
      agent::net::spawn(tools_.api.loop(), end_part(shared_from_this(), part),
                        std::string("ending a command"));
    }
  }

  static Task<> end_part(std::shared_ptr<Fleet> self, std::shared_ptr<Part> part) {
    co_await part->run->end_command();
    self->changed_.wake();
  }

  // Nobody reads any more, as behind `| head`: what still writes is ended, as a pipe would do.
  Task<> end_all() {
    const auto running = running_;
    for (const auto& [index, part] : running) co_await part->run->end_command();
  }

  void leave_all() {
    tools_.console.begin_line();
    for (const auto& [index, part] : running_) {
      MachineResult& result = results_[index];
      result.task = part->run->task();
      result.end.outcome = Outcome::left;
      result.end.reason = result.task.empty() ? "it had not answered yet and may still begin" : "";
      tools_.console.warn(result.task.empty() ? fmt::format("{}: {}", result.agent, result.end.reason)
                                              : fmt::format("left running: agentctl follow {}/{}",
                                                            result.agent, result.task));
    }
  }

  int finish() {
    tools_.console.end_progress();
    if (shows_data_) finish_data();
    if (options_.is_single) return finish_single();
    const bool only_bad = results_.size() > kShownRows || tools_.console.is_quiet();
    if (!tools_.options.run.detach || has_failed_) {
      tools_.console.print_error(results_table(results_, only_bad, tools_.console.hint_columns()));
      if (!tools_.console.is_quiet()) tools_.console.print_error(summary_of(results_) + "\n");
    }
    return exit_code_of(results_);
  }

  // Those that were not begun are results, too.
  void finish_data() {
    for (const MachineResult& result : results_) {
      if (result.end.outcome == Outcome::not_begun || result.end.outcome == Outcome::left)
        show_element(result_json(result, ""));
    }
    if (tools_.options.format == Format::json) tools_.console.print(has_element_ ? "\n]\n" : "[]\n");
  }

  int finish_single() {
    const MachineResult& result = results_.front();
    const TaskEnd& end = result.end;
    const bool is_plain = result.is_ok() || end.outcome == Outcome::started || end.outcome == Outcome::left ||
                          (end.outcome == Outcome::failed && end.reason.empty());
    if (!is_plain)
      tools_.console.warn(fmt::format("agentctl: {}: {}{}{}", result.agent, word_of(end.outcome),
                                      end.reason.empty() ? "" : ": ", end.reason));
    return agentctl::exit_code_of(end);
  }

  const Tools tools_;
  const FleetOptions options_;
  std::vector<MachineResult> results_;
  std::map<std::size_t, std::shared_ptr<Part>> running_;
  std::size_t next_ = 0;
  asio::signal_set signals_;
  agent::Event changed_;
  std::exception_ptr failure_;
  const bool shows_data_;
  bool has_element_ = false;
  bool has_failed_ = false;
  bool is_stopped_ = false;  // Ctrl-C once
  bool is_left_ = false;     // twice
};

}  // namespace

Task<int> run_fleet(Tools tools, FleetOptions options) {
  auto fleet = std::make_shared<Fleet>(tools, std::move(options));
  const int code = co_await fleet->run();
  co_return code;
}

}  // namespace agentctl
