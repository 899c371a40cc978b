// FileScript: an original exec-agent's files in the hands of a test, and the API in front of it.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "agent/data_codec.hpp"
#include "agent/wire/file.hpp"
#include "base/digest.hpp"
#include "tests/server/api_server.hpp"

namespace test {

// One file to read, and whatever is uploaded.
struct FileScript {
  std::string content = std::string(90'000, 'a') + std::string(20'000, 'b');
  std::uint64_t announced = content.size();
  std::string refusal{};
  bool too_many = false;    // said with the refusal of a transfer
  std::string break_off{};  // after the first block
  bool damage = false;
  bool wrong_offset = false;
  bool hang_up = false;

  bool operator()(const agent::Envelope& message, const ScriptedAgent::Send& send) {
    switch (message.type()) {
      case 20: return list(message, send);
      case 22: return take(message, send);
      case 24: return give(message, send);
      default: return true;
    }
  }

  bool list(const agent::Envelope& message, const ScriptedAgent::Send& send) const {
    agent::wire::LsReply reply;
    reply.dir = message.payload<agent::wire::LsRequest>().dir;
    reply.ok = refusal.empty();
    reply.msg = refusal;
    if (reply.dir == "/srv") {
      reply.files.push_back({"www", 2147484141, "root", "root", 4096, {.seconds = 1769904000}, false, ""});
      reply.files.push_back({"x<y", 134218239, "", "", 3, {.seconds = 1769904001}, true, "/etc/x"});
    }
    send(agent::encode_message(reply, message.tid()));
    return true;
  }

  bool take(const agent::Envelope& message, const ScriptedAgent::Send& send) {
    {
      std::lock_guard lock(mutex);
      uploads.push_back(message.payload<agent::wire::Upload>());
    }
    if (hang_up) return false;
    agent::wire::UploadReply reply;
    reply.ok = refusal.empty();
    reply.msg = refusal;
    reply.too_many = too_many;
    reply.dir = uploads.back().dir + "/" + uploads.back().name;
    if (on_upload) on_upload(uploads.back());
    send(agent::encode_message(reply, message.tid()));
    return true;
  }

  bool give(const agent::Envelope& message, const ScriptedAgent::Send& send) {
    {
      std::lock_guard lock(mutex);
      downloads.push_back(message.payload<agent::wire::DownloadRequest>());
    }
    agent::wire::DownloadReply info;
    info.ok = refusal.empty();
    info.msg = refusal;
    info.too_many = too_many;
    info.size = announced;
    info.block_size = 32768;
    info.md5 = agent::Md5::of(content);
    send(agent::encode_message(info, message.tid()));
    if (!info.ok) return true;
    if (damage) content[7] = '!';
    for (std::size_t at = 0; at < content.size(); at += 32768) {
      agent::wire::DownloadData data;
      data.offset = wrong_offset ? at + 1 : at;
      data.data = agent::encode_data(std::string_view(content).substr(at, 32768), agent::DataForm::plain);
      send(agent::encode_message(data, message.tid()));
      if (hang_up) return false;
      if (!break_off.empty()) {
        send(agent::encode_message(agent::wire::DownloadError{break_off}, message.tid()));
        return true;
      }
    }
    return true;
  }

  std::function<void(const agent::wire::Upload&)> on_upload{};
  std::vector<agent::wire::Upload> uploads{};
  std::vector<agent::wire::DownloadRequest> downloads{};
  std::mutex mutex{};
};

struct FileFixture {
  HttpReply download() { return server.get("/api/file/f-1/download?dir=/x"); }

  HttpReply upload(const std::string& body, const std::string& id = "f-1") {
    return server.request("POST", "/api/file/" + id + "/upload",
                          "Content-Type: multipart/form-data; boundary=xyz\r\n", body);
  }

  FileScript script;
  ApiServer server;
  ScriptedAgent agent{server.port, come_as("f-1", "exec-agent"),
                      [this](const auto& message, const auto& send) { return script(message, send); }};
};

inline std::string form_field(const std::string& name, const std::string& value) {
  return "--xyz\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

inline std::string form_file(const std::string& name, const std::string& content) {
  return "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
         "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n";
}

inline const std::string kFormEnd = "--xyz--\r\n";
inline const std::string kUploaded = R"({"code":200})";

}  // namespace test
