#include "http_answer.hpp"

#include <algorithm>
#include <array>

namespace logkit {
namespace {

// No receiver holds back records for longer than this.
constexpr std::chrono::seconds kLongestWait{3600};

SendResult::Kind kind_of(int status) {
  constexpr std::array kNotTheRecords{401, 403, 404, 405, 407, 408, 410, 425, 429};
  if (status >= 200 && status < 300) return SendResult::Kind::taken;
  if (status == 413) return SendResult::Kind::too_large;
  const bool is_refusal =
      status >= 400 && status < 500 &&
      std::find(kNotTheRecords.begin(), kNotTheRecords.end(), status) == kNotTheRecords.end();
  return is_refusal ? SendResult::Kind::refused : SendResult::Kind::again;
}

}  // namespace

SendResult judge(const HttpAnswer& answer) {
  SendResult result;
  result.kind = kind_of(answer.status);
  if (result.kind == SendResult::Kind::taken) return result;
  result.reason =
      answer.status == 0 ? answer.text : "HTTP " + std::to_string(answer.status) + ": " + answer.text;
  result.wait = std::clamp(answer.retry_after, std::chrono::seconds(0), kLongestWait);
  return result;
}

}  // namespace logkit
