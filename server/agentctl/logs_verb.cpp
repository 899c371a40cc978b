// logs: an agent's own log files: a list, or some of them as one zip archive.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/view.hpp"
#include "base/file_handle.hpp"

namespace agentctl {

using agent::Task;

namespace {

const ListView kFiles{.columns = {{.title = "NAME", .key = "name"},
                                  {.title = "BYTES", .key = "size", .is_right = true},
                                  {.title = "CHANGED", .key = "mod_time", .is_right = true}},
                      .name = "name"};

agent::FileHandle new_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) throw agent::system_error("create " + path, errno);
  return agent::FileHandle(descriptor, path);
}

std::string archive_path(const CtlOptions& options) {
  std::string path = fmt::format("/api/agents/{}/log/download?", url_part(options.words[0]));
  for (std::size_t i = 1; i < options.words.size(); ++i)
    path += fmt::format("{}files={}", i > 1 ? "&" : "", url_part(options.words[i]));
  return path;
}

}  // namespace

Task<int> show_logs(Tools tools) {
  const CtlOptions& options = tools.options;
  if (options.words.size() == 1) {
    const Answer answer = co_await tools.api.get("/api/agents/" + url_part(options.words.front()) + "/logs");
    show_list(tools.console, options.format, answer.payload(), kFiles);
    co_return kOk;
  }
  agent::net::HttpRequest request;
  request.target = archive_path(options);
  const ApiClient::Lease lease = tools.api.lease();
  lease->set_answer_limit(std::chrono::minutes(10));
  co_await tools.api.open(lease, std::move(request));
  const std::string path = options.file.empty() ? options.words[0] + "-logs.zip" : options.file;
  agent::FileHandle file;
  if (path != "-") file = new_file(path);
  std::uint64_t size = 0;
  for (;;) {
    const std::string piece = co_await lease->read();
    if (piece.empty()) break;
    size += piece.size();
    file.is_open() ? file.write(piece) : tools.console.print(piece);
  }
  if (file.is_open()) tools.console.hint(fmt::format("{} bytes are in {}; unzip -p shows them", size, path));
  co_return kOk;
}

}  // namespace agentctl
