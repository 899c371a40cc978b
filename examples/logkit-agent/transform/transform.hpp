// Transform: changes records, or lines before they are parsed. One object for each entry of "transforms";
// used by one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "examples/logkit-agent/parse/record.hpp"
#include "examples/logkit-agent/run/part_options.hpp"

namespace logkit {

enum class TransformResult {
  done,
  failed,   // the record stays as it was, `why` says what was wrong, and an error is counted
  dropped,  // there is no such record any more
};

class Transform {
 public:
  virtual ~Transform() = default;
  // `stage` is before_parser: apply_line() is called instead of apply().
  virtual bool is_before_parser() const { return false; }
  virtual TransformResult apply(Record& record, std::string& why) = 0;
  // A line that changes is kept in the arena.
  virtual TransformResult apply_line(std::string_view&, Arena&, std::string&) {
    return TransformResult::done;
  }
};

// `options`: an entry of "transforms". Throws Errc::bad_config, for an unknown type with the list of the
// known ones.
std::unique_ptr<Transform> make_transform(const PartOptions& options);

// For transforms that have both stages.
bool read_stage(const PartOptions& options, bool is_before_by_default);

}  // namespace logkit
