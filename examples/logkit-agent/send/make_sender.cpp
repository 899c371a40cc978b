#include <array>

#include "csv_sender.hpp"
#include "discard_sender.hpp"
#include "file_sender.hpp"
#include "http_sender.hpp"
#include "queue_options.hpp"
#include "record_sender.hpp"

namespace logkit {
namespace {

struct Kind {
  std::string_view name;
  std::unique_ptr<RecordSender> (*make)(const PartOptions&, const WriteRights&);
};

constexpr std::array kKinds{
    Kind{"csv", make_csv_sender},
    Kind{"discard", make_discard_sender},
    Kind{"file", make_file_sender},
    Kind{"http", make_http_sender},
};

}  // namespace

std::unique_ptr<RecordSender> make_sender(const PartOptions& options, const WriteRights& rights) {
  options.ignore({"name", "runner_name"});
  read_queue_options(options);
  options.refuse("ft_save_log_path");
  options.refuse("ft_discard_failed_data", "false");
  options.refuse("ft_long_data_discard", "false");
  options.ignore({"fault_tolerant", "ft_write_limit", "ft_sync_every", "ft_procs", "ft_memory_channel",
                  "ft_memory_channel_size", "max_size_per_file"});
  const std::string type = options.required("sender_type");
  std::vector<std::string_view> names;
  for (const Kind& kind : kKinds) {
    if (kind.name == type) return kind.make(options, rights);
    names.push_back(kind.name);
  }
  options.fail("sender_type: " + unknown_word(type, names));
}

}  // namespace logkit
