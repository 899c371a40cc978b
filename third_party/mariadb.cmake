# MariaDB Connector/C 3.3, LGPL-2.1. schema-upgrade's connection to MySQL and MariaDB; optional: where it is not
# installed, schema-upgrade knows SQLite alone.
# Headers: mysql.h errmsg.h mysqld_error.h
# May appear in: server/store/schema/mariadb_connection.cpp
find_path(MARIADB_INCLUDE_DIR mysql.h PATH_SUFFIXES mariadb)
find_library(MARIADB_LIBRARY mariadb)
if(MARIADB_INCLUDE_DIR AND MARIADB_LIBRARY)
  add_library(agent_mariadb INTERFACE)
  target_include_directories(agent_mariadb SYSTEM INTERFACE $<BUILD_INTERFACE:${MARIADB_INCLUDE_DIR}>)
  target_link_libraries(agent_mariadb INTERFACE ${MARIADB_LIBRARY})
endif()
