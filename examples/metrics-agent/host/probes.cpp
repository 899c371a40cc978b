#include "probes.hpp"

#include <agent/clock.hpp>
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace host {
namespace {

// A hundred dead mounts at once are one dead server. A thread that hangs holds some ten KB.
constexpr std::size_t kMostHanging = 64;

using RealTime = std::chrono::steady_clock;

// One run(). Threads that hang keep it alive.
struct Round {
  enum class State { waiting, asked, answered, given_up };

  std::vector<Probe> questions;
  std::vector<State> states;
  std::vector<RealTime::time_point> begun;
  std::function<void(std::size_t)> ask;
  std::deque<std::size_t> left;  // to be asked
  std::size_t open = 0;          // neither answered nor given up
};

// What is remembered about a thing that did not answer.
struct Silence {
  bool thread_hangs = false;
  std::chrono::seconds pause{0};
  agent::Clock::time_point until{};
};

}  // namespace

struct Probes::Shared {
  explicit Shared(ProbeTimes given) : times(given) {}

  const ProbeTimes times;
  std::mutex turn;                 // one run() at a time
  std::mutex mutex;                // guards what follows
  std::condition_variable work;    // for threads: a round, or the end
  std::condition_variable change;  // for run(): an answer
  std::shared_ptr<Round> round;
  std::size_t idle = 0;     // threads that wait for work
  std::size_t hanging = 0;  // threads that nobody waits for
  bool ended = false;
  std::map<std::string, Silence, std::less<>> silent;

  static void serve(const std::shared_ptr<Shared>& shared);
  void answer_one(std::unique_lock<std::mutex>& lock);
  void came_back(Round& of, std::size_t number);
  void begin(const std::vector<Probe>& questions, std::function<void(std::size_t)> ask);
  bool is_due(const Probe& question);
  static bool add_thread(const std::shared_ptr<Shared>& shared);
  bool stuck(RealTime::time_point now) const;
  void give_up(const agent::Clock::time_point& now);
  std::vector<ProbeEnd> ends() const;
};

// A thread serves until it has come back too late: then others have taken its place.
void Probes::Shared::serve(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->ended) {
    if (shared->round && !shared->round->left.empty()) {
      shared->answer_one(lock);
      continue;
    }
    // One is enough while nothing hangs.
    if (shared->idle > 0) return;
    ++shared->idle;
    shared->work.wait(lock);
    --shared->idle;
  }
}

void Probes::Shared::answer_one(std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<Round> mine = round;
  const std::size_t number = mine->left.front();
  mine->left.pop_front();
  mine->states[number] = Round::State::asked;
  mine->begun[number] = RealTime::now();
  lock.unlock();
  mine->ask(number);
  lock.lock();
  came_back(*mine, number);
}

void Probes::Shared::came_back(Round& of, std::size_t number) {
  if (of.states[number] == Round::State::given_up) {
    --hanging;
    if (const auto found = silent.find(of.questions[number].about); found != silent.end())
      found->second.thread_hangs = false;
    return;
  }
  of.states[number] = Round::State::answered;
  silent.erase(of.questions[number].about);
  if (--of.open == 0) change.notify_all();
}

bool Probes::Shared::is_due(const Probe& question) {
  if (question.expendable && hanging >= kMostHanging) return false;
  const auto found = silent.find(question.about);
  return found == silent.end() || (!found->second.thread_hangs && agent::Clock::now() >= found->second.until);
}

void Probes::Shared::begin(const std::vector<Probe>& questions, std::function<void(std::size_t)> ask) {
  // What has come back and was not asked for since, such as a mount that has gone, is forgotten.
  const auto old = agent::Clock::now() - 2 * times.longest_pause;
  std::erase_if(silent,
                [old](const auto& one) { return !one.second.thread_hangs && one.second.until < old; });
  round = std::make_shared<Round>();
  round->questions = questions;
  round->states.resize(questions.size(), Round::State::waiting);
  round->begun.resize(questions.size());
  round->ask = std::move(ask);
  for (std::size_t i = 0; i < questions.size(); ++i)
    if (is_due(questions[i])) round->left.push_back(i);
  round->open = round->left.size();
}

// false: the system refuses one, and another serves or nobody does.
bool Probes::Shared::add_thread(const std::shared_ptr<Shared>& shared) {
  try {
    std::thread([shared] { serve(shared); }).detach();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// Somebody has to be asked, and all who could are in questions that are slow.
bool Probes::Shared::stuck(RealTime::time_point now) const {
  if (round->left.empty() || idle > 0) return false;
  for (std::size_t i = 0; i < round->states.size(); ++i)
    if (round->states[i] == Round::State::asked && now - round->begun[i] < times.slow) return false;
  return true;
}

// The deadline is over: what has been asked and not answered hangs; what has not been asked will be next
// time.
void Probes::Shared::give_up(const agent::Clock::time_point& now) {
  for (std::size_t i = 0; i < round->states.size(); ++i) {
    if (round->states[i] != Round::State::asked) continue;
    round->states[i] = Round::State::given_up;
    ++hanging;
    Silence& silence = silent[round->questions[i].about];
    silence.thread_hangs = true;
    silence.pause =
        silence.pause.count() == 0 ? times.first_pause : std::min(2 * silence.pause, times.longest_pause);
    silence.until = now + silence.pause;
  }
  round->left.clear();
  round->open = 0;
}

std::vector<ProbeEnd> Probes::Shared::ends() const {
  std::vector<ProbeEnd> ends;
  ends.reserve(round->states.size());
  for (const Round::State state : round->states) {
    const bool hung = state == Round::State::given_up;
    ends.push_back(hung                              ? ProbeEnd::hung
                   : state == Round::State::answered ? ProbeEnd::answered
                                                     : ProbeEnd::resting);
  }
  return ends;
}

Probes::Probes(ProbeTimes times) : shared_(std::make_shared<Shared>(times)) {}

Probes::~Probes() {
  const std::lock_guard lock(shared_->mutex);
  shared_->ended = true;
  shared_->work.notify_all();
}

std::size_t Probes::hanging() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->hanging;
}

std::vector<ProbeEnd> Probes::run(const std::vector<Probe>& questions, std::function<void(std::size_t)> ask) {
  if (questions.empty()) return {};
  const std::lock_guard turn(shared_->turn);
  std::unique_lock lock(shared_->mutex);
  shared_->begin(questions, std::move(ask));
  const RealTime::time_point end = RealTime::now() + shared_->times.deadline;
  shared_->work.notify_one();
  RealTime::time_point look = RealTime::now();
  while (shared_->round->open > 0 && RealTime::now() < end) {
    look = std::min(look + shared_->times.slow, end);
    if (shared_->stuck(RealTime::now()) && !Shared::add_thread(shared_)) break;
    shared_->change.wait_until(lock, look);
    look = RealTime::now();
  }
  if (shared_->round->open > 0) shared_->give_up(agent::Clock::now());
  std::vector<ProbeEnd> ends = shared_->ends();
  shared_->round.reset();
  return ends;
}

}  // namespace host
