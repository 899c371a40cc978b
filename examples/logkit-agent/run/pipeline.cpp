#include "pipeline.hpp"

#include <fmt/format.h>

#include <agent/path_text.hpp>
#include <algorithm>

namespace logkit {
namespace {

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

}  // namespace

Pipeline::Pipeline(const RunnerConfig& config, const LineSource& source)
    : frame_(make_parser(config.parser)),
      router_(config.router, config.senders.size()),
      source_tag_(source.source_tag),
      encode_tag_(source.encode_tag),
      position_tag_(source.position_tag),
      encoding_(source.tail.encoding.empty() ? "UTF-8" : source.tail.encoding),
      skips_long_(source.skips_long),
      parse_errors_(config.errors_list_cap),
      transform_errors_(config.errors_list_cap) {
  for (std::size_t i = 0; i < config.transforms.size(); ++i) {
    std::unique_ptr<Transform> made = make_transform(config.transforms[i]);
    const std::string name = config.transforms[i].text("type") + "-" + std::to_string(i);
    auto& stage = made->is_before_parser() ? line_transforms_ : record_transforms_;
    stage.push_back({std::move(made), name, &counts_.transforms[name]});
  }
}

// False: the line is to be skipped.
bool Pipeline::note_place(TailedFile& file, const Line& line, Batch& batch) {
  counts_.bytes += line.end - line.begin;
  batch.bytes += line.end - line.begin;
  ++batch.lines;
  if (batch.blocks.empty() || batch.blocks.back() != file.block()) batch.blocks.push_back(file.block());
  auto& reached = batch.reached;
  const auto is_this = [&](const Batch::Reached& r) {
    return r.file.get() == &file && r.generation == file.generation();
  };
  if (reached.empty() || !is_this(reached.back())) {
    const auto found = std::find_if(reached.begin(), reached.end(), is_this);
    if (found == reached.end())
      reached.push_back({file.shared_from_this(), file.generation(), 0});
    else
      std::rotate(found, found + 1, reached.end());
  }
  reached.back().offset = line.end;
  return note_cut(line.text.size(), line.cut);
}

// False: the line is to be skipped. `kept` and `cut`: bytes of it.
bool Pipeline::note_cut(std::size_t kept, std::uint64_t cut) {
  if (cut == 0) return true;
  ++counts_.cut_lines;
  counts_.cut_bytes += skips_long_ ? kept + cut : cut;
  return !skips_long_;
}

void Pipeline::add(TailedFile& file, const Line& line, Batch& batch) {
  if (!note_place(file, line, batch)) return;
  file_ = &file;
  line_ = &line;
  batch_ = &batch;
  record_.move_to(batch.arena);
  const std::string_view text = file.decoder().decode(line, batch.arena);
  if (!take_header(file, line, text) && !is_blank(text)) parse(text);
  file_ = nullptr;
  line_ = nullptr;
}

// True: the line is the first one of its file, and no record.
bool Pipeline::take_header(TailedFile& file, const Line& line, std::string_view text) {
  if (!has_header()) return false;
  const bool is_first = line.begin == 0;
  if (!is_first && header_id_ == file.id() && header_generation_ == file.generation()) return false;
  frame_.parser->set_header(is_first ? std::string(text) : file.first_line());
  header_id_ = file.id();
  header_generation_ = file.generation();
  return is_first;
}

void Pipeline::add(const std::string& spool, const SpooledLine& line, LineDecoder& decoder, Batch& batch) {
  const std::size_t bytes = line.text.size() + line.cut + 1;
  counts_.bytes += bytes;
  batch.bytes += bytes;
  ++batch.lines;
  batch.spooled = line.number;
  if (!note_cut(line.text.size(), line.cut)) return;
  spool_ = &spool;
  spooled_ = &line;
  batch_ = &batch;
  record_.move_to(batch.arena);
  // It is in the middle of the stream, as far as byte order marks go.
  const Line kept{batch.arena.keep(line.text), 1, bytes, false, line.cut};
  const std::string_view text = decoder.decode(kept, batch.arena);
  if (!is_blank(text)) parse(text);
  spooled_ = nullptr;
}

bool Pipeline::add_text(std::string_view text, Batch& batch) {
  batch_ = &batch;
  record_.move_to(batch.arena);
  batch.bytes += text.size() + 1;
  counts_.bytes += text.size() + 1;
  if (has_header() && header_id_.empty()) {
    frame_.parser->set_header(text);
    header_id_ = "text";
    return true;
  }
  return is_blank(text) || parse(batch.arena.keep(text));
}

// False: the line goes no further.
bool Pipeline::transform_line(std::string_view& text) {
  for (const Step& step : line_transforms_) {
    const TransformResult result = step.transform->apply_line(text, batch_->arena, why_);
    note(step, result);
    if (result == TransformResult::dropped) return false;
  }
  return true;
}

// False: there is no such record any more.
bool Pipeline::transform_record() {
  for (const Step& step : record_transforms_) {
    const TransformResult result = step.transform->apply(record_, why_);
    note(step, result);
    if (result == TransformResult::dropped) return false;
  }
  return true;
}

void Pipeline::note(const Step& step, TransformResult result) {
  if (result != TransformResult::failed) {
    ++step.counts->success;
    return;
  }
  ++step.counts->errors;
  step.counts->last_error = why_;
  transform_errors_.note(step.name + ": " + why_);
}

bool Pipeline::parse(std::string_view text) {
  ++counts_.lines;
  if (!transform_line(text)) return true;
  text_ = text;
  if (frame_.parser->parse(text, *this, why_)) {
    ++counts_.parser.success;
    return true;
  }
  ++counts_.parser.errors;
  parse_errors_.note("the line " + why_);
  counts_.parser.last_error = fmt::format("the line {}: {}", why_, text.substr(0, 200));
  if (!frame_.drops_failed) {
    record().add("pandora_stash", text);
    done();
  }
  return false;
}

Record& Pipeline::record() {
  record_.clear();
  return record_;
}

void Pipeline::done() {
  add_tags();
  if (!transform_record()) return;
  const Fields fields = record_.fields();
  const auto first = static_cast<std::uint32_t>(batch_->fields.size());
  batch_->items.push_back({first, static_cast<std::uint32_t>(fields.size()), router_.route(fields)});
  batch_->fields.insert(batch_->fields.end(), fields.begin(), fields.end());
}

std::string_view Pipeline::source() {
  if (spooled_ != nullptr) return batch_->arena.keep(agent::path_text(std::string(spooled_->source)));
  if (path_file_ != file_ || path_serial_ != batch_->arena.serial()) {
    path_ = batch_->arena.keep(agent::path_text(file_->path()));
    path_file_ = file_;
    path_serial_ = batch_->arena.serial();
  }
  return path_;
}

// What a record has already stays.
void Pipeline::add_tags() {
  const auto add = [this](std::string_view key, std::string_view text) {
    if (record_.find(key) == nullptr) record_.add(key, text);
  };
  if (frame_.keeps_raw) add("raw_data", text_);
  for (const auto& [key, value] : frame_.labels) add(key, value);
  if (file_ == nullptr && spooled_ == nullptr) return;
  if (!source_tag_.empty()) add(source_tag_, source());
  if (!encode_tag_.empty()) add(encode_tag_, encoding_);
  if (!position_tag_.empty()) add(position_tag_, batch_->arena.keep(position()));
}

std::string Pipeline::position() const {
  if (spooled_ != nullptr) return fmt::format("{}:0:{}", *spool_, spooled_->number);
  return fmt::format("{}:{}:{}", file_->id(), file_->generation(), line_->begin);
}

}  // namespace logkit
