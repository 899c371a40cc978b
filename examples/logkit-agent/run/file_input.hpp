// FileInput: the lines of files that are followed, and the checkpoint up to which they were delivered.
#pragma once

#include "examples/logkit-agent/read/file_reader.hpp"
#include "line_input.hpp"

namespace logkit {

class FileInput final : public LineInput {
 public:
  // `directory`: of the checkpoint. Throws Errc::io.
  FileInput(const FileSource& source, ReadRights rights, const std::string& directory)
      : checkpoint_(directory), reader_(source, std::move(rights), checkpoint_) {}

  void discover(SteadyTime now) override { reader_.discover(now); }
  std::chrono::nanoseconds scan_interval() const override { return reader_.source().scan_interval; }
  std::set<std::string> directories() const override { return reader_.directories(); }
  void touched(const std::string& path) override { reader_.touched(path); }
  void look() override { reader_.look(); }
  void look_at_silent() override { reader_.look_at_silent(); }
  std::size_t open_files() const override { return reader_.open_files(); }

  bool read(SteadyTime now, Pipeline& pipeline, Batch& batch, const BatchLimits& limits) override;
  bool end_lines(Pipeline& pipeline, Batch& batch) override;
  bool is_drained() const override { return reader_.is_drained(); }

  // Notes where the files have come to. Files that were truncated meanwhile have nothing to be noted.
  void complete(Batch& batch) override;
  void delivered(const Batch& batch) override { reader_.delivered(batch.positions); }
  void sync() override { checkpoint_.sync(); }

  // At most so many have series: each series costs whoever keeps them.
  static constexpr std::size_t kMostSeries = 100;

  void add_status(SteadyTime now, RunnerStatus& status) const override;
  void add_files(RunnerStatus& status) const override;
  std::vector<EntryFile> entry_files() const override { return find_entry_files(checkpoint_.positions()); }

 private:
  Checkpoint checkpoint_;
  FileReader reader_;
};

}  // namespace logkit
