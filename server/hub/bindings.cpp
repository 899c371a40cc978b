#include "hub/bindings.hpp"

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "agent/log.hpp"
#include "store/stored.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;

namespace {

// An id that is used again within a day, from where it was, costs no write.
constexpr std::int64_t kDay = 86400;
// What is forgotten at once, so that it is not looked for at every handshake.
constexpr std::size_t kShare = 10;

}  // namespace

Bindings::Bindings(const std::string& path, std::size_t per_token)
    : per_token_(per_token), store_(path, Survives::machine) {
  load();
}

// A record that nobody can read belongs to a token that nobody has: only an operator can free the id.
void Bindings::load() {
  for (const RecordStore::Row& row : store_.load()) {
    Entry entry{.confirmed = true, .stored = true};
    try {
      entry.binding = agent::json::decode<Binding>(row.text);
    } catch (const Error& error) {
      agent::log::error("agent {}: its binding cannot be read, the id stays closed: {}", row.id,
                        error.what());
    }
    ++counts_[entry.binding.token];
    entries_.emplace(row.id, std::move(entry));
  }
}

std::optional<Binding> Bindings::find(std::string_view id) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::string(id));
  return found == entries_.end() ? std::nullopt : std::optional(found->second.binding);
}

// ------------------------------------------------------------------------------------- a handshake

Task<Bindings::Result> Bindings::reserve(agent::net::Loop& loop, std::string id, std::string token,
                                         std::string address) {
  const auto written = std::make_shared<Stored>(loop);
  const Result result = enter(id, token, address, written->done());
  if (result != Result::not_stored) co_return result;
  const bool ok = co_await Stored::result(written, kStoreLimit);
  if (ok) {
    stored(id, token);
    co_return Result::ours;
  }
  give_up(id, token);
  co_return Result::not_stored;
}

// not_stored: it is ours once `done` was called with true.
Bindings::Result Bindings::enter(const std::string& id, const std::string& token, const std::string& address,
                                 RecordStore::Done done) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found != entries_.end() && found->second.binding.token != token) return Result::others;
  if (found == entries_.end() && !make_room(token)) return Result::no_room;
  Entry& entry = found == entries_.end() ? add(id, token, address) : found->second;
  ++entry.reserved;
  if (entry.stored) return Result::ours;
  save(id, entry.binding, std::move(done));
  return Result::not_stored;
}

void Bindings::stored(const std::string& id, const std::string& token) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found != entries_.end() && found->second.binding.token == token) found->second.stored = true;
}

void Bindings::confirm(const std::string& id, const std::string& token, const std::string& address) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  const bool is_free = found == entries_.end();  // it was released meanwhile, and is used again
  if (!is_free && found->second.binding.token != token) return;
  Entry& entry = is_free ? add(id, token, address) : found->second;
  if (entry.reserved > 0) --entry.reserved;
  entry.confirmed = true;
  const std::int64_t now = std::time(nullptr);
  Binding& binding = entry.binding;
  if (!is_free && binding.address == address && now - binding.used < kDay) return;
  binding.address = address;
  binding.used = now;
  save(id, binding);
}

void Bindings::give_up(const std::string& id, const std::string& token) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.binding.token != token) return;
  Entry& entry = found->second;
  if (entry.reserved > 0) --entry.reserved;
  if (entry.reserved == 0 && !entry.confirmed) remove(found);
}

// ------------------------------------------------------------------------------------- an operator

Task<bool> Bindings::release(agent::net::Loop& loop, std::string id) {
  const auto written = std::make_shared<Stored>(loop);
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) co_return false;
    remove(found, written->done());
  }
  const bool ok = co_await Stored::result(written, kStoreLimit);
  if (!ok) throw Error(Errc::io, "the id is free until the server restarts: its file cannot be written");
  co_return true;
}

// ------------------------------------------------------------------------ its parts, under the lock

Bindings::Entry& Bindings::add(const std::string& id, const std::string& token, const std::string& address) {
  const std::int64_t now = std::time(nullptr);
  ++counts_[token];
  Entry& entry = entries_[id];
  entry.binding = {.token = token, .address = address, .since = now, .used = now};
  return entry;
}

void Bindings::remove(Entries::iterator entry, RecordStore::Done done) {
  const auto count = counts_.find(entry->second.binding.token);
  if (--count->second == 0) counts_.erase(count);
  store_.remove(entry->first, std::move(done));
  entries_.erase(entry);
}

void Bindings::save(const std::string& id, const Binding& binding, RecordStore::Done done) {
  store_.save({.id = id, .expires = 0, .text = agent::json::encode(binding)}, std::move(done));
}

bool Bindings::make_room(const std::string& token) {
  const auto count = counts_.find(token);
  if (count == counts_.end() || count->second < per_token_) return true;
  std::vector<Entries::iterator> idle;
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const auto& [id, what] = *entry;
    if (what.binding.token == token && what.reserved == 0 && !in_use_(id)) idle.push_back(entry);
  }
  if (idle.empty()) return false;
  const std::size_t share = std::max<std::size_t>(1, idle.size() / kShare);
  const auto used_before = [](const Entries::iterator& a, const Entries::iterator& b) {
    return a->second.binding.used < b->second.binding.used;
  };
  std::nth_element(idle.begin(), idle.begin() + static_cast<std::ptrdiff_t>(share - 1), idle.end(),
                   used_before);
  agent::log::warn("token {}: {} ids belong to it; the {} that were used longest ago are forgotten", token,
                   count->second, share);
  for (std::size_t i = 0; i < share; ++i) remove(idle[i]);
  return true;
}

}  // namespace server
