// Messages of metrics-agents, of the size and variety of real ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace bench {

// Type 33 without tid; `number` 0: without one (rseq).
std::string usage_message(std::uint64_t number);
// A list of processes of at least `bytes`, another one for each state of `random`.
std::string list_payload(std::size_t bytes, std::mt19937_64& random);
// The message around it.
std::string list_message(const std::string& payload, std::uint64_t number);

}  // namespace bench
