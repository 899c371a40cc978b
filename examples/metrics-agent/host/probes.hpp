// Probes: questions that may hang, such as the free space of a file system whose server is gone.
//
// Each is asked on a thread that nothing else needs. After a deadline nobody waits for it any more; its
// thread stays in it, and no second one joins it: at most one thread hangs for each thing that is asked
// about, ever. It is asked again after a pause that grows, once the thread has come back.
//
// Blocks its callers, one after the other, for the deadline at most each: for Agent::offload. Any thread. One
// for all whose questions are about the same things. Destroying it leaves threads that hang where they are;
// they touch nothing of it any more.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace host {

struct ProbeTimes {
  std::chrono::milliseconds deadline{2000};
  // A question that has not been answered by then no longer keeps the others waiting: they go on beside it.
  std::chrono::milliseconds slow{50};
  std::chrono::seconds first_pause{60};  // after that it doubles
  std::chrono::seconds longest_pause{3600};
};

// A question about one thing.
struct Probe {
  std::string about;        // its name among all questions: "/mnt/backup"
  bool expendable = false;  // not asked while 64 threads hang, so that the rest is
};

enum class ProbeEnd {
  answered,
  hung,     // not in time
  resting,  // not asked: its pause lasts, its thread has not come back, or too many threads hang
};

class Probes {
 public:
  explicit Probes(ProbeTimes times = {});
  ~Probes();
  Probes(const Probes&) = delete;
  Probes& operator=(const Probes&) = delete;

  // Asks all of them, mostly one after the other on one thread. `ask` is called with the number of the
  // question and keeps the answer where the caller looks, if that question ends as `answered`; it may be
  // called, and may return, after run() has returned, so that it owns what it uses. It does not throw. Ends
  // in the order of the questions.
  std::vector<ProbeEnd> run(const std::vector<Probe>& questions, std::function<void(std::size_t)> ask);

  // Threads that hang now.
  std::size_t hanging() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace host
