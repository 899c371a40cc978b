# SQLite 3.40, public domain. The server's records that must last.
# Headers: sqlite3.h
# May appear in: server/store/record_store.cpp server/store/sqlite_*.cpp server/store/schema/sqlite_connection.cpp
find_path(SQLITE_INCLUDE_DIR sqlite3.h REQUIRED)
find_library(SQLITE_LIBRARY sqlite3 REQUIRED)
add_library(agent_sqlite INTERFACE)
target_include_directories(agent_sqlite SYSTEM INTERFACE $<BUILD_INTERFACE:${SQLITE_INCLUDE_DIR}>)
target_link_libraries(agent_sqlite INTERFACE ${SQLITE_LIBRARY})
