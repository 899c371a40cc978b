#include "take_sample.hpp"

#include <utility>

namespace {

using agent::wire::DynamicReply;

agent::Task<DynamicReply> take_part(Sampling& sampling, PartWish wish) {
  DynamicReply part;
  switch (wish.part) {
    case Job::usage: part.usage = co_await sampling.usage(); break;
    case Job::processes: part = co_await sampling.processes(wish.top); break;
    case Job::connections: part = co_await sampling.connections(wish.kinds); break;
    case Job::temperatures: part.temperatures = co_await sampling.temperatures(); break;
    case Job::facts: break;  // a message of its own
  }
  co_return part;
}

}  // namespace

agent::Task<DynamicReply> take_sample(Sampling& sampling, LastSamples& samples, PartWish wish) {
  const LastSamples::Time begun = agent::Clock::now();
  const agent::wire::Time begin = agent::wire::Time::now();
  DynamicReply part = co_await take_part(sampling, wish);
  part.begin = begin;
  part.end = agent::wire::Time::now();
  samples.keep(begun, wish, part);
  co_return part;
}

agent::Task<agent::wire::StaticReply> take_facts(Sampling& sampling, LastSamples& samples) {
  const LastSamples::Time begun = agent::Clock::now();
  agent::wire::StaticReply facts = co_await sampling.facts();
  samples.keep(begun, facts);
  co_return facts;
}
