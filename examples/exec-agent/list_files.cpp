#include "file_requests.hpp"

#include <agent/path_text.hpp>
#include <string>
#include <utility>
#include <vector>

namespace wire = agent::wire;

namespace {

wire::LsEntry to_wire(agent::FileEntry entry) {
  return {.name = agent::path_text(entry.name),
          .mod = entry.mode,
          .user = std::move(entry.user),
          .group = std::move(entry.group),
          .size = entry.size,
          .mod_time = entry.modified,
          .is_link = entry.is_link,
          .link_dir = agent::path_text(entry.link_target)};
}

std::vector<wire::LsEntry> to_wire(std::vector<agent::FileEntry> entries) {
  std::vector<wire::LsEntry> converted;
  converted.reserve(entries.size());
  for (agent::FileEntry& entry : entries) converted.push_back(to_wire(std::move(entry)));
  return converted;
}

}  // namespace

agent::Task<> list_files(ServedFiles* files, wire::LsRequest request, agent::Call call) {
  wire::LsReply reply;
  reply.dir = request.dir;
  auto list = [&] {
    const std::string path = asked_path(request.dir, request.encoded);
    return to_wire(agent::list_directory(path, files->allowed()));
  };
  try {
    reply.files = co_await files->agent.offload(list);
    reply.ok = true;
  } catch (const agent::Error& error) {
    reply.msg = error.text();
  }
  call.send(reply);
}
