// Files of this machine, for agents that list, send and receive them.
//
// The paths come from the network, so each is checked where it is used: nothing but regular files is read, a
// received file appears whole or not at all, and a list of directories may bound it all. Everything here
// blocks on the file system: for Agent::offload. Objects may move between threads, not be used by two at
// once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/wire/values.hpp"

namespace agent {

// AllowedDirectories: where files may be. What counts is where a path leads after all links.
class AllowedDirectories {
 public:
  AllowedDirectories() = default;  // everywhere
  // No entries: everywhere. An entry that does not exist allows nothing.
  explicit AllowedDirectories(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  // Throws Errc::bad_config for an entry that is no absolute path, and so would allow nothing, or something
  // else in each working directory.
  static void check_entries(const std::vector<std::string>& directories);

  bool is_everywhere() const { return directories_.empty(); }
  // `resolved`: an absolute path without links, "." and "..". Throws Errc::denied naming `asked`.
  void check(const std::string& resolved, std::string_view asked) const;

 private:
  std::vector<std::string> directories_;
};

// One entry of a directory, as the wire has it (agent/wire/file.hpp). What cannot be read is
// zero or empty; a link to a directory has the bits of both.
struct FileEntry {
  std::string name;
  std::uint32_t mode = 0;  // Go mode bits
  std::string user;        // login name, "" when there is none
  std::string group;
  std::uint64_t size = 0;  // bytes
  wire::Time modified;
  bool is_link = false;
  std::string link_target;  // as written in the link
};

// More would not fit into one message.
inline constexpr std::size_t kMaxListing = 12 * 1024 * 1024;

// The entries of a directory, sorted by name. Throws Errc::not_found, io, denied, too_large (beyond
// kMaxListing bytes).
std::vector<FileEntry> list_directory(const std::string& path, const AllowedDirectories& allowed = {});

// The Go mode bits of a POSIX mode (st_mode), and the permissions, set-id and sticky bits back.
std::uint32_t go_mode(std::uint32_t posix_mode);
std::uint32_t posix_permissions(std::uint32_t go_mode);

// Content that is made while it is read, as in /proc, is taken up to this size.
inline constexpr std::uint64_t kMaxMadeContent = 64 * 1024 * 1024;

// SourceFile: what a regular file held when it was opened, or a part of it.
//
// A file that grows meanwhile is read as far as it went then. One that shrinks, is rewritten, or gives its
// place to another one is an error. Files whose size says nothing of their content (/proc, /sys) are read
// whole when they are opened, into a temporary file.
class SourceFile {
 public:
  // Links are followed. A FIFO, a device, a socket or a directory is refused without being opened.
  // Throws Errc::not_found, wrong_type ("/dev/tty: not a regular file"), denied, io, too_large (beyond
  // kMaxMadeContent).
  explicit SourceFile(const std::string& path, const AllowedDirectories& allowed = {});
  ~SourceFile();
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;

  std::uint64_t size() const;  // bytes, when it was opened

  // An entity tag (RFC 9110, 8.8.3) out of device, inode, size and the times of the last modification and of
  // the last change of status, which nobody can set back: another content has another one. It is weak
  // ("W/...") while the file has changed so recently that a second change could have the same times. "" when
  // nothing can be said: content that is made while it is read.
  const std::string& etag() const;
  // The last modification; the zero time when there is no etag().
  wire::Time modified() const;

  // From here on only `length` bytes from `offset` on are read. Throws Errc::bad_message when they are not
  // within size().
  void select(std::uint64_t offset, std::uint64_t length);

  // The next `count` bytes, fewer only at the end. Throws Errc::io, also when the file is no longer what it
  // was when it was opened: "/data/x: changed while it was read".
  std::string read(std::size_t count);
  // The same, and adds them to the digest.
  std::string read_into_digest(std::size_t count);
  // Back to the beginning.
  void rewind();

  // Adds the next `count` bytes to the digest instead of giving them; false once all are in it. Throws as
  // read().
  bool digest(std::size_t count);
  // The digest, once all has been added.
  const std::array<std::uint8_t, 16>& md5();

  // Called at the end until it returns false: proves that a file which grew did nothing else. Reads the next
  // `count` bytes once more; in the end their digest must be md5(). False at once for an unchanged file.
  // Throws as read().
  bool verify(std::size_t count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Owner and access of a file that was received.
struct FileOwnership {
  std::uint32_t mode = 0644;  // Go mode bits
  std::string user;           // "" = the agent's
  std::string group;          // "" = the user's, or else the agent's
};

// TargetFile: a file that is being received. Until commit() it has no name and nobody else can open it; a
// file that is in its place stays as it is on any failure. The last commit of several at once wins.
class TargetFile {
 public:
  // `directory` is made with its parents (0755) when it is missing. `name`: no path, just a name.
  // Throws Errc::bad_message for a name that is none, not_found for an unknown user or group, denied, io.
  TargetFile(const std::string& directory, const std::string& name, const FileOwnership& ownership,
             const AllowedDirectories& allowed = {});
  ~TargetFile();
  TargetFile(const TargetFile&) = delete;
  TargetFile& operator=(const TargetFile&) = delete;

  const std::string& path() const;  // directory and name

  // Throws Errc::io with the system's text, such as when the disk is full.
  void write(std::string_view bytes);
  std::uint64_t size() const;  // written so far

  // The digest of all that was written. Once.
  std::array<std::uint8_t, 16> md5();

  // Syncs the content, sets owner and mode, and puts the file in its place. Once. Throws Errc::io.
  void commit();
  // The same without syncing, which takes milliseconds and on a busy disk seconds: for a file that nobody
  // needs any more after the system's next start.
  void commit_unsynced();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent
