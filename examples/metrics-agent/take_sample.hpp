// take_sample: one part of a dynamic reply, with the times of its begin and end.
#pragma once

#include <agent/task.hpp>

#include "last_samples.hpp"
#include "sampling.hpp"

// Takes it, and keeps it among the last samples. Throws what the sampling throws. Both must live as long.
agent::Task<agent::wire::DynamicReply> take_sample(Sampling& sampling, LastSamples& samples, PartWish wish);
// The facts alike.
agent::Task<agent::wire::StaticReply> take_facts(Sampling& sampling, LastSamples& samples);
