#pragma once

#include "agent/base64.hpp"
