#include "agentctl/doctor.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

#include "agentctl/safe_text.hpp"

namespace agentctl {

using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

constexpr seconds kClockDifference{5};
constexpr std::chrono::hours kExpiryWarning{30 * 24};

const char* word_of(Health health) {
  return health == Health::good ? "ok" : health == Health::doubtful ? "warning" : "failed";
}

std::string json_of(const std::vector<Finding>& findings) {
  agent::json::Writer out;
  out.begin_array();
  for (const Finding& finding : findings) {
    out.begin_object().key("check").string(finding.check).key("state").string(word_of(finding.health));
    out.key("text").string(finding.text).key("fix").string(finding.fix).end_object();
  }
  return out.end_array().take();
}

void show_as_lines(Console& console, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    const Color color = finding.health == Health::good       ? Color::green
                        : finding.health == Health::doubtful ? Color::yellow
                                                             : Color::red;
    std::string line = console.paint(color, fmt::format("{:<8}", word_of(finding.health)));
    line += fmt::format("{:<13} {}\n", finding.check, safe_text(finding.text));
    if (!finding.fix.empty()) line += fmt::format("{:22}fix: {}\n", "", safe_text(finding.fix));
    console.print(line);
  }
}

}  // namespace

Finding examine_clock(const std::string& date, system_clock::time_point now) {
  std::tm utc{};
  if (::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc) == nullptr)
    return {"clock", Health::doubtful, "the server does not say what time it is", ""};
  const auto theirs = system_clock::from_time_t(::timegm(&utc));
  const auto difference = std::chrono::duration_cast<seconds>(now - theirs);
  if (std::chrono::abs(difference) <= kClockDifference)
    return {"clock", Health::good, "the same as the server's", ""};
  return {"clock", Health::doubtful,
          fmt::format("this machine is {} s {} the server", std::abs(difference.count()),
                      difference.count() > 0 ? "ahead of" : "behind"),
          "set the wrong one of the two clocks, for example by `timedatectl set-ntp true`"};
}

Finding examine_certificate(system_clock::time_point until, system_clock::time_point now) {
  const std::string date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(system_clock::to_time_t(until)));
  if (until <= now)
    return {"certificate", Health::bad, "the server's certificate ended on " + date,
            "renew it at the server"};
  if (until - now < kExpiryWarning)
    return {"certificate", Health::doubtful, "the server's certificate ends soon, on " + date,
            "renew it at the server, then send it SIGHUP"};
  return {"certificate", Health::good, "the server's certificate is good until " + date, ""};
}

std::vector<Finding> examine_connection(const Connection& connection) {
  std::vector<Finding> out;
  const bool is_named = !connection.context.name.empty();
  out.push_back({"settings", Health::good,
                 connection.url.text() + (is_named ? ", context " + connection.context.name : ""), ""});
  if (!connection.url.tls && !connection.url.is_loopback()) {
    out.push_back({"encryption", connection.dial.token.empty() ? Health::doubtful : Health::bad,
                   connection.dial.token.empty() ? "nothing is encrypted on the way"
                                                 : "the token travels in clear text",
                   "use https, see docs/operating.md"});
  }
  if (!connection.dial.proxy.empty())
    out.push_back(
        {"proxy", Health::good, "through the proxy of the environment; no_proxy names exceptions", ""});
  return out;
}

int show_findings(Console& console, Format format, const std::vector<Finding>& findings) {
  const agent::json::Document document = agent::json::Document::parse(json_of(findings));
  if (format == Format::json || format == Format::yaml || format == Format::name) {
    show_list(console, format, document.root(), {.columns = {}, .name = "check"});
  } else {
    show_as_lines(console, findings);
  }
  for (const Finding& finding : findings) {
    if (finding.health == Health::bad) return kFailed;
  }
  return kOk;
}

}  // namespace agentctl
