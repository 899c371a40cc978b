// The replies of the API without what differs from run to run.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace test {

// With an empty request id in place of one that has its length, and with 0 milliseconds.
inline std::string steady(std::string body) {
  constexpr std::string_view kId = R"("reqid":")";
  constexpr std::size_t kIdLength = 26;
  constexpr std::string_view kTime = R"("extime":)";
  const std::size_t id = body.find(kId);
  if (id != std::string::npos) body.erase(id + kId.size(), kIdLength);
  const std::size_t time = body.find(kTime);
  if (time == std::string::npos) return body;
  const std::size_t digits = time + kTime.size();
  const std::size_t count = body.find_first_not_of("0123456789", digits) - digits;
  if (count > 0) body.replace(digits, count, "0");
  return body;
}

// Without either member.
inline std::string stable(std::string body) {
  body = steady(std::move(body));
  for (const std::string_view member : {R"("reqid":"",)", R"(,"extime":0)"}) {
    const std::size_t at = body.find(member);
    if (at != std::string::npos) body.erase(at, member.size());
  }
  return body;
}

}  // namespace test
