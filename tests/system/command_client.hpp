// CommandClient: runs commands through the server's API, as a program of somebody would.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/http_client.hpp"
#include "tests/system/programs.hpp"

namespace test {

struct CommandResult {
  std::string body;  // of the reply
  std::int64_t code = 0;
  std::string output;
};

class CommandClient {
 public:
  CommandClient(const ServerProgram& server, std::string agent)
      : http_(server.client()), path_("/api/exec/" + agent), agent_(std::move(agent)) {}

  // `options`: further members of the JSON body, such as `"timeout":3`.
  CommandResult run(const std::string& line, const std::string& options = {});
  // The task's id.
  std::string start(const std::string& line, const std::string& options = {});
  // A value of the task's record, "" when there is no such task.
  std::string task(const std::string& id, const std::string& field);
  std::string output(const std::string& id);
  void wait_for_state(const std::string& id, const std::string& state);
  void kill(const std::string& pid) { http_.request("DELETE", path_ + "/kill/" + pid); }
  std::string get(const std::string& what) { return http_.get(path_ + what).body; }
  HttpClient& http() { return http_; }

 private:
  std::string post(const std::string& line, const std::string& options);

  HttpClient http_;
  const std::string path_;
  const std::string agent_;
};

// A file of random bytes, of which commands print parts.
class RandomBytes {
 public:
  explicit RandomBytes(std::size_t size);

  // A command that prints `size` bytes from `offset` on and ends with `code`.
  std::string command(std::size_t offset, std::size_t size, int code) const;
  std::string part(std::size_t offset, std::size_t size) const { return bytes_.substr(offset, size); }

 private:
  TempDir dir_;
  std::string bytes_;
};

}  // namespace test
