// What is collected about the host, and how it is asked.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "file_systems.hpp"
#include "probes.hpp"
#include "space.hpp"

struct HostOptions {
  // Where the machine's files are: "/host" in a container that has the host's root mounted there
  // (recursively, as a slave, so that later mounts appear in it). Then everything is the host's: proc, sys,
  // etc, and the mounts of its pid 1.
  std::filesystem::path root = "/";

  host::MountFilter mounts;

  // Shared by all samplers of a process that look at the same machine, as copies of the options do: not more
  // than one thread hangs for each mount and sensor. Never empty.
  std::shared_ptr<host::Probes> probes = std::make_shared<host::Probes>();  // of file systems
  std::shared_ptr<host::Probes> sensor_probes =
      std::make_shared<host::Probes>();  // neither waits for the other

  // How a file system and a sensor are asked; tests have others. Called on threads of the probes, also for a
  // while after the sampler's end. A sensor's answer is the text of its file, "" when it has none.
  std::function<host::Measured(const std::string& prefix, const host::FileSystem&)> measure =
      host::measure_space;
  std::function<std::string(const std::string& path)> read_sensor = {};
};
