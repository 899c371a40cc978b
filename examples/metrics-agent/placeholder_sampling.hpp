// PlaceholderSampling: stands for the samplers that are not there yet. NOT FOR RELEASE: it knows the facts of
// `come` and the memory, and says of everything else that there is none.
#pragma once

#include <agent/agent.hpp>
#include <memory>

#include "sampling.hpp"
#include "task_settings.hpp"

std::unique_ptr<Sampling> make_placeholder(agent::Agent& agent, const TaskSettings& settings);
