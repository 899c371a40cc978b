# libarchive 3.6, BSD. Zip archives of log files.
# Headers: archive.h archive_entry.h
# May appear in: libagent/host/zip_writer.cpp
find_package(LibArchive REQUIRED)
