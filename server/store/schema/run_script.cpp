#include "store/schema/run_script.hpp"

#include <fmt/format.h>

#include "agent/error.hpp"

namespace server::schema {
namespace {

using agent::Errc;
using agent::Error;

std::string place_of(const SqlScript& script, std::size_t index) {
  return fmt::format("{}:{}", script.file, script.statements[index].line);
}

[[noreturn]] void refuse_change(const SqlScript& script, std::size_t index) {
  const std::string place = index < script.statements.size() ? place_of(script, index) : script.file;
  throw Error(
      Errc::refused,
      fmt::format("{}: statement {} is done already and is another one now: put it back as it was, and "
                  "change only what comes behind it",
                  place, index + 1));
}

class ScriptRun {
 public:
  ScriptRun(SqlConnection& connection, SchemaRecords& records, const SqlScript& script,
            const RunOptions& options)
      : connection_(connection), records_(records), script_(script), options_(options) {}

  void run() {
    if (connection_.rolls_back_definitions()) return run_whole();
    try {
      run_by_steps();
    } catch (...) {
      connection_.roll_back();
      throw;
    }
  }

 private:
  void run_by_steps() {
    const std::size_t first = first_undone(connection_, records_, script_, options_);
    // The last one may have been judged: what comes behind it may make the definitions what they were.
    if (first > 0) transact([&] { save(first - 1); });
    for (std::size_t i = 0; i < first; ++i)
      if (kind(i) == StatementKind::setting) execute(i);
    for (std::size_t i = first; i < script_.statements.size(); ++i) run_step(i);
    transact([&] { records_.finish(script_); });
  }

  StatementKind kind(std::size_t index) const { return kind_of(script_.statements[index].text); }

  void execute(std::size_t index) {
    try {
      connection_.execute(script_.statements[index].text);
    } catch (const Error& error) {
      throw error.within(fmt::format("{}: statement {} of {}", place_of(script_, index), index + 1,
                                     script_.statements.size()));
    }
  }

  template <class Change>
  void transact(Change change) {
    connection_.begin();
    try {
      change();
      connection_.commit();
    } catch (...) {
      connection_.roll_back();
      throw;
    }
  }

  void run_whole() {
    transact([&] {
      for (std::size_t i = 0; i < script_.statements.size(); ++i) {
        const StatementKind statement = kind(i);
        if (statement != StatementKind::begin && statement != StatementKind::commit) execute(i);
      }
      records_.finish(script_);
    });
  }

  void run_step(std::size_t index) {
    switch (kind(index)) {
      case StatementKind::begin:
        connection_.begin();
        is_open_ = true;
        return save(index);
      case StatementKind::commit:
        if (!is_open_) return run_data(index, false);
        save(index);
        connection_.commit();
        is_open_ = false;
        return;
      case StatementKind::ignored: return run_data(index, false);
      case StatementKind::data:
      case StatementKind::setting: return run_data(index, true);
      case StatementKind::definition:
      case StatementKind::opaque: return run_definition(index);
    }
  }

  // Within the script's own transaction when there is one.
  void run_data(std::size_t index, bool is_run) {
    const auto change = [&] {
      if (is_run) execute(index);
      save(index);
    };
    if (is_open_) return change();
    transact(change);
  }

  void run_definition(std::size_t index) {
    is_open_ = false;  // the next transaction commits the script's own, as the definition would
    // Nobody can see what an opaque one has done.
    const std::string before =
        kind(index) == StatementKind::definition ? connection_.definitions() : std::string();
    transact([&] { save(index, before); });
    try {
      execute(index);
    } catch (const Error& error) {
      if (error.code() != Errc::disconnected) transact([&] { records_.erase(script_, index + 1); });
      throw;
    }
    transact([&] { save(index); });
  }

  void save(std::size_t index) {
    records_.save(script_, {index + 1, digest_of(script_.statements[index].text), true, {}});
  }
  void save(std::size_t index, const std::string& before) {
    records_.save(script_, {index + 1, digest_of(script_.statements[index].text), false, before});
  }

  SqlConnection& connection_;
  SchemaRecords& records_;
  const SqlScript& script_;
  const RunOptions& options_;
  bool is_open_ = false;  // a transaction of the script's own
};

// Whether the statement that was under way happened.
bool happened(SqlConnection& connection, const SqlScript& script, const Step& step,
              const RunOptions& options) {
  const std::size_t index = step.position - 1;
  const std::string place = index < script.statements.size() ? place_of(script, index) : script.file;
  if (!step.definitions.empty()) {
    const bool is_done = connection.definitions() != step.definitions;
    if (is_done)
      options.say(place +
                  ": was under way when the last upgrade ended; definitions have changed: it is done");
    return is_done;
  }
  if (options.unfinished != Unfinished::refuse) return options.unfinished == Unfinished::skip;
  throw Error(
      Errc::refused,
      fmt::format("{}: statement {} was under way when the last upgrade ended, and may have happened: "
                  "look, and say --unfinished repeat, or --unfinished skip when it is done",
                  place, step.position));
}

}  // namespace

std::size_t first_undone(SqlConnection& connection, SchemaRecords& records, const SqlScript& script,
                         const RunOptions& options) {
  std::size_t done = 0;
  for (const Step& step : records.steps(script)) {
    if (!step.is_done && !happened(connection, script, step, options)) break;
    done = step.position;
    if (done > script.statements.size() || digest_of(script.statements[done - 1].text) != step.digest)
      refuse_change(script, done - 1);
  }
  return done;
}

void run_script(SqlConnection& connection, SchemaRecords& records, const SqlScript& script,
                const RunOptions& options) {
  ScriptRun(connection, records, script, options).run();
}

}  // namespace server::schema
