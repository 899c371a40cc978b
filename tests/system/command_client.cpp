#include "tests/system/command_client.hpp"

#include <fmt/format.h>

#include <random>

#include "agent/base64.hpp"
#include "agent/json.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/patience.hpp"

namespace test {

std::string CommandClient::post(const std::string& line, const std::string& options) {
  std::string body = R"({"pipes":true,"cmd":)" + agent::json::encode(line);
  if (!options.empty()) body += "," + options;
  return http_.request("POST", path_ + "/run", {}, body + "}").body;
}

CommandResult CommandClient::run(const std::string& line, const std::string& options) {
  CommandResult result;
  result.body = post(line, options);
  const std::string code = json_at(result.body, "payload.result.code");
  if (code.empty()) throw std::runtime_error("no result: " + result.body.substr(0, 1000));
  result.code = std::stoll(code);
  result.output = agent::decode_base64(json_at(result.body, "payload.result.data"));
  return result;
}

std::string CommandClient::start(const std::string& line, const std::string& options) {
  const std::string body = post(line, R"("result":false)" + (options.empty() ? "" : "," + options));
  const std::string id = json_at(body, "payload.id");
  if (id.empty()) throw std::runtime_error("not started: " + body);
  return id;
}

std::string CommandClient::task(const std::string& id, const std::string& field) {
  return json_at(get("/tasks/" + id), "payload." + field);
}

std::string CommandClient::output(const std::string& id) { return get("/tasks/" + id + "/output"); }

void CommandClient::wait_for_state(const std::string& id, const std::string& state) {
  wait_until("task " + id + " is " + state, [&] { return task(id, "state") == state; });
}

RandomBytes::RandomBytes(std::size_t size) : bytes_(size, '\0') {
  std::mt19937_64 random(size);
  for (char& byte : bytes_) byte = static_cast<char>(random());
  dir_.write("random", bytes_);
}

std::string RandomBytes::command(std::size_t offset, std::size_t size, int code) const {
  return fmt::format("tail -c +{} {} | head -c {}; exit {}", offset + 1, dir_.file("random"), size, code);
}

}  // namespace test
