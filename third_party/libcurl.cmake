# libcurl 7.88, curl licence. HTTP and HTTPS toward receivers of log records.
# Headers: curl/*
# May appear in: examples/logkit-agent/send/http_post.cpp
find_package(CURL 7.85 REQUIRED)
