// FileService: what all transfers between clients and agents' files share.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "files/offers.hpp"
#include "hub/hub.hpp"
#include "net/offload.hpp"

namespace server {

// The only kind of agent that serves files.
inline constexpr const char* kFileAgent = "exec-agent";

// What became of one upload, for the audit.
struct UploadRecord {
  std::string who;   // name of the API token, "" without authentication
  std::string from;  // the client's address
  std::string agent;
  std::string path;  // directory and name
  std::uint64_t size = 0;
  std::string error;  // "" = done
};

class FileService {
 public:
  // All of it outlives the service. `cache_dir`: what may be lost.
  FileService(Hub& hub, agent::net::Offload& pool, std::string cache_dir)
      : hub_(hub), pool_(pool), cache_dir_(std::move(cache_dir)) {}
  FileService(const FileService&) = delete;
  FileService& operator=(const FileService&) = delete;

  Hub& hub() { return hub_; }
  agent::net::Offload& pool() { return pool_; }
  const std::string& cache_dir() const { return cache_dir_; }
  Offers& offers() { return offers_; }

  // Where records go, set before the loops run; the log otherwise. Any thread.
  void set_audit(std::function<void(const UploadRecord&)> audit) { audit_ = std::move(audit); }
  void record(const UploadRecord& upload) const;

 private:
  Hub& hub_;
  agent::net::Offload& pool_;
  const std::string cache_dir_;
  Offers offers_;
  std::function<void(const UploadRecord&)> audit_;
};

}  // namespace server
