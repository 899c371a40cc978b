// place: where an agent is served: which shard has its session, its calls and its commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace server {

class Shard;

// Place: a shard of this server. The same question will be asked for agents that another server has, so that
// whoever wants to know where an agent is asks Hub::place_of(), and nobody computes it.
struct Place {
  Shard& shard;
};

// The number of the agent's shard, below `shards`: the same for an id whenever it is asked (FNV-1a, whose low
// bits alone are weak).
constexpr std::size_t shard_of(std::string_view agent, std::size_t shards) {
  if (shards == 1) return 0;
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : agent) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return static_cast<std::size_t>((hash ^ (hash >> 32)) % shards);
}

}  // namespace server
