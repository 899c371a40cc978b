#include "commands/command_output.hpp"

#include <unistd.h>

#include <optional>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "net/spawn.hpp"

namespace server {

using agent::Task;

namespace {

std::shared_ptr<SpoolFile> open_again(const std::string& path) {
  std::optional<SpoolFile> found = SpoolFile::open(path);
  if (!found) throw agent::Error(agent::Errc::io, path + " is gone or damaged");
  return std::make_shared<SpoolFile>(std::move(*found));
}

}  // namespace

CommandOutput::CommandOutput(std::shared_ptr<CommandServices> services, agent::net::Loop& loop,
                             std::string id, std::shared_ptr<SpoolFile> found)
    : services_(std::move(services)),
      loop_(loop),
      id_(std::move(id)),
      file_(std::move(found)),
      spool_(services_->options.output_limit, services_->budget, file_ ? file_->mark() : SpoolMark{}),
      written_seq_(file_ ? file_->mark().seq : 0),
      on_disk_(file_ != nullptr) {}

void CommandOutput::append(std::string bytes, std::uint64_t seq) {
  spool_.append(std::move(bytes), seq);
  if (spool_.wants_flush()) begin_flush();
}

void CommandOutput::write_all() {
  writes_all_ = true;
  if (!spool_.is_flushing() && spool_.has_unwritten()) begin_flush();
}

void CommandOutput::write_all_now() {
  if (discarded_) return;
  if (spool_.is_flushing()) {
    if (std::optional<SpoolFile> found; !file_ && rests_ && (found = SpoolFile::open(path())))
      file_ = std::make_shared<SpoolFile>(std::move(*found));
    spool_.break_off_flush(file_ ? file_->mark() : SpoolMark{});
  }
  if (!spool_.has_unwritten()) return;
  on_disk_ = true;
  const std::shared_ptr<const SpoolBatch> batch = spool_.begin_flush();
  end_flush(write(file_, path(), rests_, *batch));
}

void CommandOutput::begin_flush() {
  if (discarded_) return;
  on_disk_ = true;
  agent::net::spawn(loop_, flush(shared_from_this()), path());
}

Task<> CommandOutput::flush(std::shared_ptr<CommandOutput> self) {
  const std::shared_ptr<const SpoolBatch> batch = self->spool_.begin_flush();
  auto work = [file = self->file_, path = self->path(), again = self->rests_, batch] {
    return write(file, path, again, *batch);
  };
  Written written = co_await self->services_->pool->run(work);
  self->end_flush(std::move(written));
}

CommandOutput::Written CommandOutput::write(std::shared_ptr<SpoolFile> file, const std::string& path,
                                            bool again, const SpoolBatch& batch) {
  try {
    if (!file) file = again ? open_again(path) : std::make_shared<SpoolFile>(SpoolFile::create(path));
    file->append(batch.bytes, batch.total, batch.seq);
    return {std::move(file), {}};
  } catch (const agent::Error& error) {
    return {std::move(file), error.what()};
  }
}

void CommandOutput::end_flush(Written written) {
  file_ = std::move(written.file);
  if (written.fault.empty()) {
    written_seq_ = spool_.end_flush();
  } else {
    if (fault_.empty()) agent::log::error("{}: the rest of this output is lost: {}", path(), written.fault);
    fault_ = std::move(written.fault);
    written_seq_ = spool_.fail_flush();  // the command goes on; what it wrote is gone
  }
  if (discarded_) {
    ::unlink(path().c_str());
  } else if (spool_.wants_flush() || (writes_all_ && spool_.has_unwritten())) {
    begin_flush();
  } else if (rests_) {
    file_.reset();
  }
  if (changed) changed();
}

Task<std::string> CommandOutput::read(std::shared_ptr<CommandOutput> self, std::uint64_t offset,
                                      std::size_t count) {
  SpoolPart part = self->spool_.locate(offset, count);
  if (!part.in_file) co_return std::move(part.bytes);
  auto work = [file = self->file_, path = self->path(), part] {
    return (file ? file : open_again(path))->read(part.offset, part.count);
  };
  std::string bytes = co_await self->services_->pool->run(work);
  co_return bytes;
}

void CommandOutput::rest() {
  if (!file_ && !spool_.is_flushing()) return;
  rests_ = true;
  if (!spool_.is_flushing()) file_.reset();
}

void CommandOutput::discard() {
  discarded_ = true;
  if ((file_ || rests_) && !spool_.is_flushing()) ::unlink(path().c_str());
}

}  // namespace server
