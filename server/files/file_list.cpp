#include "files/file_list.hpp"

#include <utility>

#include "agent/error.hpp"
#include "agent/path_text.hpp"
#include "base/utf8.hpp"
#include "hub/ask.hpp"

namespace server {

namespace wire = agent::wire;

agent::Task<std::vector<wire::LsEntry>> list_directory(std::shared_ptr<Session> session, std::string dir) {
  wire::LsRequest question;
  question.encoded = !agent::is_utf8(dir);
  question.dir = agent::path_text(dir);
  Call call(std::move(session));
  call.send(question);
  const agent::Envelope reply = co_await call.next();
  auto list = reply_as<wire::LsReply>(reply);
  if (!list.ok) throw agent::Error(agent::Errc::refused, list.msg);
  co_return std::move(list.files);
}

}  // namespace server
