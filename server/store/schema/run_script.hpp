// run_script: one script, from its first statement that is not done.
//
// Where definitions are rolled back, the script and its record are one transaction. Elsewhere each statement
// is recorded: data in one transaction with its record, a definition before it begins and when it is done. A
// statement that was begun, and not recorded as done, is judged by the definitions: when they are as they
// were before it, it did not happen. Nobody can see what the call of a procedure has done: `unfinished` says
// it. SET is repeated when a script is gone on with.
#pragma once

#include <functional>
#include <string>

#include "store/schema/schema_records.hpp"

namespace server::schema {

// What becomes of a statement that was under way when the last upgrade ended, if nobody can see whether it
// happened.
enum class Unfinished { refuse, repeat, skip };

using Say = std::function<void(const std::string& line)>;

struct RunOptions {
  Unfinished unfinished = Unfinished::refuse;
  Say say;  // what a person should know
};

// The first statement that is to be run, as an index. Changes nothing. Throws Errc::refused when something
// that is done is another statement now.
std::size_t first_undone(SqlConnection& connection, SchemaRecords& records, const SqlScript& script,
                         const RunOptions& options);

// Throws Errc::io with the database's reason: "users/schema/v2.sql:14: statement 3 of 5: …". What is done
// until then stays recorded.
void run_script(SqlConnection& connection, SchemaRecords& records, const SqlScript& script,
                const RunOptions& options);

}  // namespace server::schema
