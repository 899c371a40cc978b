#include "csv_sender.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "csv_cell.hpp"
#include "output_file.hpp"
#include "path_time.hpp"
#include "write_rights.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;

struct CsvForm {
  std::vector<std::string> columns;
  std::string separator;
  bool has_head = true;
  std::uint64_t most = 0;  // bytes of a file
};

class CsvSender final : public RecordSender {
 public:
  CsvSender(std::string path, CsvForm form, WriteRights rights, std::string where)
      : path_(std::move(path)),
        form_(std::move(form)),
        rights_(std::move(rights)),
        where_(std::move(where)),
        own_paths_(rights_.own->add_paths(fs::weakly_canonical(path_).string() + "*", where_)) {
    append_row(head_, [&](std::size_t column) { return std::string_view(form_.columns[column]); });
  }
  ~CsvSender() override { rights_.own->remove_paths(own_paths_); }

  SendResult send(const Selection& selection) override {
    rows_.clear();
    for (const std::uint32_t index : selection.records) {
      const Fields fields = selection.batch.record(index);
      append_row(rows_, [&](std::size_t column) {
        const Value* const value = find(fields, form_.columns[column]);
        return value == nullptr ? std::string_view() : value->text;
      });
    }
    try {
      write();
      return {};
    } catch (const std::exception& error) {
      file_.reset();
      return {SendResult::Kind::again, error.what(), {}};
    }
  }

 private:
  void append_row(std::string& out, const auto& cell) const {
    for (std::size_t i = 0; i < form_.columns.size(); ++i) {
      if (i > 0) out += form_.separator;
      append_csv_cell(out, cell(i), form_.separator);
    }
    out += '\n';
  }

  std::uint64_t size() const {
    FileFacts facts;
    return look_at(path_, facts) ? facts.size : 0;
  }

  void write() {
    if (file_ && !file_->is_in_place()) file_.reset();
    if (!file_) open();
    if (size() > head_.size() && size() + rows_.size() > form_.most) {
      file_.reset();
      fs::rename(path_, full_name());
      open();
    }
    file_->append(size() == 0 && form_.has_head ? head_ + rows_ : rows_);
  }

  void open() {
    if (!rights_.roots.is_everywhere()) rights_.roots.check(fs::weakly_canonical(path_).string(), path_);
    cut_torn_row();
    file_ = std::make_unique<OutputFile>(path_);
  }

  void cut_torn_row() const {
    std::ifstream file(path_, std::ios::binary);
    std::string text(std::max<std::size_t>(head_.size(), 64 * 1024), '\0');
    CsvRows rows;
    bool is_ours = form_.has_head;
    while (is_ours && file.read(text.data(), static_cast<std::streamsize>(text.size())).gcount() > 0) {
      const std::string_view piece(text.data(), static_cast<std::size_t>(file.gcount()));
      if (rows.size() == 0) is_ours = piece.starts_with(head_) || head_.starts_with(piece);
      rows.add(piece);
    }
    if (is_ours && rows.whole() < rows.size()) fs::resize_file(path_, rows.whole());
  }

  // A name that no file has.
  std::string full_name() const {
    const std::string name = path_ + path_at(".%Y%m%d%H%M%S", std::time(nullptr));
    std::string free = name;
    for (int i = 2; fs::exists(fs::symlink_status(free)); ++i) free = name + "-" + std::to_string(i);
    return free;
  }

  std::string path_;
  CsvForm form_;
  WriteRights rights_;
  std::string where_;
  std::uint64_t own_paths_;
  std::string head_;
  std::string rows_;
  std::unique_ptr<OutputFile> file_;
};

}  // namespace

std::unique_ptr<RecordSender> make_csv_sender(const PartOptions& options, const WriteRights& rights) {
  constexpr std::uint64_t kMost = 1'000'000'000'000;
  const std::string path = options.required("csv_path_prefix");
  if (!fs::path(path).is_absolute()) options.fail("csv_path_prefix: '" + path + "' is no absolute path");
  CsvForm form;
  form.columns = options.list("csv_fields");
  if (form.columns.empty()) options.fail("csv_fields is missing");
  form.separator = options.text("csv_delimiter", ",");
  if (form.separator.empty() || form.separator.find_first_of("\"\r\n") != std::string::npos)
    options.fail("csv_delimiter: a quote or a line end cannot be one");
  form.has_head = options.flag("csv_head", true);
  form.most = options.number("csv_rotate_size", 10'485'760, 1, kMost);
  options.refuse("max_send_rate", "-1");
  return std::make_unique<CsvSender>(path, std::move(form), rights, "the output of " + options.where());
}

}  // namespace logkit
