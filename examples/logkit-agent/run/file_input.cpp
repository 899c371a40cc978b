#include "file_input.hpp"

#include <agent/path_text.hpp>

namespace logkit {

bool FileInput::read(SteadyTime now, Pipeline& pipeline, Batch& batch, const BatchLimits& limits) {
  return reader_.read(now, [&](TailedFile& file, const Line& line) {
    pipeline.add(file, line, batch);
    return !limits.is_full(batch);
  });
}

bool FileInput::end_lines(Pipeline& pipeline, Batch& batch) {
  return reader_.end_lines([&](TailedFile& file, const Line& line) {
    pipeline.add(file, line, batch);
    return true;
  });
}

void FileInput::complete(Batch& batch) {
  for (const Batch::Reached& reached : batch.reached) {
    const FilePosition position = reached.file->position_at(reached.offset);
    // Looked at after the position was made: until then the file had the bytes that the position describes.
    reached.file->look_closely();
    if (reached.generation == reached.file->generation()) batch.positions.push_back(position);
    reader_.remember(*reached.file);
  }
}

void FileInput::add_status(SteadyTime now, RunnerStatus& status) const {
  const ReadCounts counts = reader_.counts();
  const LagAge age = reader_.lag_age(now);
  status.logpath = reader_.source().log_path;
  status.lag.size = status.lag.total = reader_.lag_bytes();
  status.lag.files = reader_.lag_files();
  status.lag.seconds = std::chrono::duration<double>(age.age).count();
  status.lag.at_least = age.is_least;
  status.reader.last_error = reader_.problem();
  status.open_files = reader_.open_files();
  status.detached_files = reader_.detached_files();
  status.detached_bytes = reader_.detached_bytes();
  status.truncations = counts.truncations;
  status.lost_bytes = counts.lost_bytes;
  status.given_up_files = counts.given_up_files;
  status.given_up_bytes = counts.given_up_bytes;
  status.repaired_lines = counts.repaired_lines;
  status.damaged_files = counts.damaged_files;
  status.incomplete_files = counts.incomplete_files;
}

void FileInput::add_files(RunnerStatus& status) const {
  const std::vector<const TailedFile*> files = reader_.most_behind(kMostSeries);
  status.files.clear();
  for (const TailedFile* file : files) {
    FileStatus& of_path = status.files[agent::path_text(file->path())];
    of_path.size += file->size();
    of_path.lag += file->lag();
  }
  status.files_left_out = reader_.open_files() - files.size();
}

}  // namespace logkit
