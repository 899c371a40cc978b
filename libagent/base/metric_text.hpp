// metric_text: the pieces of Prometheus' text format 0.0.4.
#pragma once

#include <string>
#include <string_view>

namespace agent::metrics {

bool is_metric_name(std::string_view name);  // [a-zA-Z_:][a-zA-Z0-9_:]*
bool is_label_name(std::string_view name);   // [a-zA-Z_][a-zA-Z0-9_]*, and not beginning with "__"

// name="value", with the value escaped, put behind what `out` has already.
void append_label(std::string& out, std::string_view name, std::string_view value);
std::string escape_help(std::string_view text);
std::string format_number(double value);  // also NaN, +Inf, -Inf

}  // namespace agent::metrics
