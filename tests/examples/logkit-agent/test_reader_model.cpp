// A model of programs that write logs, with random rotations, truncations, deletions and links, against the
// reader with random kills: every line comes, once and whole, but for those that the model knows to be out of
// reach.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "log_scene.hpp"

using namespace logkit;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

// A file as the writer knows it, whatever its names are.
struct ModelFile {
  std::set<int> lines;    // that are in it
  bool is_known = false;  // the reader has had the chance to open it
};

// A line that was read and not delivered.
struct Pending {
  std::string text;
  std::shared_ptr<TailedFile> file;
  std::uint64_t generation;
  std::uint64_t end;
};

class ModelRun {
 public:
  explicit ModelRun(unsigned seed) : random_(seed), scene_(R"("mode": "tailx")", "logs/*") {
    fs::create_directories(scene_.dir.file("logs"));
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    // The end: whatever is left is read, by a reader that has just started.
    kill();
    for (int i = 0; i < 3; ++i) {
      discover();
      while (read_some(1000)) {
      }
      deliver();
      scene_.now += 11s;
    }
  }

  void check() const {
    for (int line = 0; line < next_line_; ++line) {
      INFO("line " << line);
      const auto found = arrived_.find(line);
      if (!lost_.contains(line)) CHECK(found != arrived_.end());
      if (found != arrived_.end()) CHECK(found->second == 1);
    }
    CHECK(mangled_.empty());
    CHECK(lost_.size() < static_cast<std::size_t>(next_line_));
  }

 private:
  int any(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }
  std::string name(int number) const { return "logs/" + std::string(1, static_cast<char>('a' + number)); }
  std::string path(const std::string& name) const { return scene_.dir.file(name); }

  void step() {
    const int what = any(100);
    if (what < 40)
      append(name(any(3)));
    else if (what < 52)
      discover();
    else if (what < 70)
      read_some(1 + any(20));
    else if (what < 78)
      deliver(any(5) == 0);
    else if (what < 84)
      rotate(name(any(3)));
    else if (what < 87)
      truncate(name(any(3)), false);
    else if (what < 90)
      truncate(name(any(3)), true);
    else if (what < 93)
      remove(any_name());
    else if (what < 96)
      link(name(any(3)));
    else
      kill();
  }

  std::string any_name() {
    return names_.empty() ? name(0) : std::next(names_.begin(), any(static_cast<int>(names_.size())))->first;
  }

  void append(const std::string& to) {
    std::shared_ptr<ModelFile>& file = names_[to];
    if (!file) file = std::make_shared<ModelFile>();
    std::string text;
    for (int i = any(30); i >= 0; --i) {
      file->lines.insert(next_line_);
      text +=
          "line " + std::to_string(next_line_++) + std::string(static_cast<std::size_t>(any(60)), '.') + "\n";
    }
    // In two writes, the first of which ends anywhere, with a look of the reader between them.
    const auto cut = static_cast<std::size_t>(any(static_cast<int>(text.size())));
    scene_.append(to, text.substr(0, cut));
    if (any(3) == 0) discover();
    if (any(3) == 0) read_some(5);
    scene_.append(to, text.substr(cut));
  }

  // a becomes a.1, a.1 becomes a.2, and so on.
  void rotate(const std::string& from) {
    if (!names_.contains(from)) return;
    int last = 1;
    while (names_.contains(from + "." + std::to_string(last))) ++last;
    for (; last > 1; --last) rename(from + "." + std::to_string(last - 1), from + "." + std::to_string(last));
    rename(from, from + ".1");
  }

  void rename(const std::string& from, const std::string& to) {
    scene_.rename(from, to);
    names_[to] = names_[from];
    names_.erase(from);
  }

  void truncate(const std::string& of, bool with_copy) {
    if (!names_.contains(of)) return;
    // The copy has another name that the pattern does not cover.
    if (with_copy) fs::copy_file(path(of), path("copy"), fs::copy_options::overwrite_existing);
    fs::resize_file(path(of), 0);
    lose(*names_[of]);
    names_[of]->lines.clear();
  }

  void remove(const std::string& of) {
    if (!names_.contains(of)) return;
    scene_.remove(of);
    const std::shared_ptr<ModelFile> file = names_[of];
    names_.erase(of);
    if (file.use_count() > 1) return;  // it has another name
    if (!file->is_known) lose(*file);
    removed_.push_back(file);
  }

  void link(const std::string& of) {
    const std::string to = of + "-link" + std::to_string(next_link_++);
    if (!names_.contains(of)) return;
    fs::create_hard_link(path(of), path(to));
    names_[to] = names_[of];
  }

  // What has not been delivered of it may never be.
  void lose(const ModelFile& file) {
    for (const int line : file.lines)
      if (!arrived_.contains(line)) lost_.insert(line);
  }

  void kill() {
    for (const auto& file : removed_) lose(*file);
    removed_.clear();
    pending_.clear();
    scene_.start();
    discover();
  }

  void discover() {
    scene_.discover();
    for (const auto& [name, file] : names_) file->is_known = true;
    if (any(4) == 0) scene_.now += 1s;
  }

  bool read_some(int count) {
    return scene_.reader().read(scene_.now, [&](TailedFile& file, const Line& line) {
      pending_.push_back({std::string(line.text), file.shared_from_this(), file.generation(), line.end});
      return --count > 0;
    });
  }

  // As a runner does it: positions are made when a batch is complete, and noted when it was taken. A kill
  // between makes lines come again, which a receiver drops by their positions.
  void deliver(bool is_killed = false) {
    std::vector<FilePosition> positions;
    for (const Pending& line : pending_) {
      const FilePosition position = line.file->position_at(line.end);
      line.file->look_closely();
      if (line.file->generation() == line.generation) positions.push_back(position);
      scene_.reader().remember(*line.file);
    }
    for (const Pending& line : pending_)
      note(line.text,
           line.file->id() + ":" + std::to_string(line.generation) + ":" + std::to_string(line.end));
    pending_.clear();
    if (is_killed)
      kill();
    else
      scene_.reader().delivered(positions);
  }

  void note(const std::string& text, const std::string& key) {
    if (!seen_.insert(key).second) return;
    int line = -1;
    const std::size_t end = text.find_first_of('.');
    const std::string number = text.starts_with("line ") ? text.substr(5, end - 5) : "";
    if (!number.empty() && number.find_first_not_of("0123456789") == std::string::npos)
      line = std::stoi(number);
    if (line < 0 || line >= next_line_)
      mangled_.push_back(text);
    else
      ++arrived_[line];
  }

  std::mt19937 random_;
  test::LogScene scene_;
  std::map<std::string, std::shared_ptr<ModelFile>> names_;
  std::vector<std::shared_ptr<ModelFile>> removed_;  // without a name, perhaps still open
  std::vector<Pending> pending_;
  std::set<std::string> seen_;
  std::map<int, int> arrived_;
  std::set<int> lost_;
  std::vector<std::string> mangled_;
  int next_line_ = 0;
  int next_link_ = 0;
};

}  // namespace

// LIBAGENT_SOAK=1: thousands of seeds; LIBAGENT_SEED: that one only.
TEST_CASE("Every line comes once and whole whatever its writer and kills do", "[examples][soak]") {
  const unsigned seeds = std::getenv("LIBAGENT_SOAK") == nullptr ? 10 : 3000;
  const char* const only = std::getenv("LIBAGENT_SEED");
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    if (only != nullptr && std::to_string(seed) != only) continue;
    INFO("seed " << seed);
    ModelRun run(seed);
    run.run(150);
    run.check();
  }
}
