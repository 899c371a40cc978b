#include "http/pages.hpp"

#include <utility>

namespace server {
namespace {

constexpr std::string_view kStyle =
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "td{padding:.2em 1em .2em 0;vertical-align:top}h2{margin-top:2em}small{color:#555}";

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

std::string page_of(std::string_view title, std::string_view version, const std::string& content) {
  const std::string name = escape_html(title);
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + name +
         "</title><style>" + std::string(kStyle) + "</style></head><body>\n<h1>" + name + " " +
         escape_html(version) + "</h1>\n" + content + "</body></html>\n";
}

std::string link(std::string_view target) {
  return "<a href=\"" + std::string(target) + "\">" + std::string(target) + "</a>";
}

// "exec" of "/api/exec/{id}/run": routes of one area stand together.
std::string_view area_of(std::string_view pattern) {
  constexpr std::string_view kApi = "/api/";
  if (!pattern.starts_with(kApi)) return "server";
  pattern.remove_prefix(kApi.size());
  return pattern.substr(0, pattern.find('/'));
}

std::string describe(const Parameter& parameter) {
  std::string text = "<br><small><code>" + escape_html(parameter.name) + "</code>";
  if (parameter.required) text += " (required)";
  if (!parameter.summary.empty()) text += ": " + escape_html(parameter.summary);
  return text + "</small>";
}

std::string describe(const Route& route) {
  std::string row = "<tr><td>" + escape_html(route.method) + "</td><td><code>" + escape_html(route.pattern) +
                    "</code></td><td>" + escape_html(route.summary);
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in != In::path) row += describe(parameter);
  }
  return row + "</td></tr>\n";
}

}  // namespace

std::string routes_page(const Router& router, std::string_view title, std::string_view version) {
  std::string content = "<p>For programs: " + link("/docs/openapi.json") + " (OpenAPI 3.1)</p>\n";
  std::string_view area;
  for (const auto& route : router.routes()) {
    if (area_of(route->pattern) != area) {
      if (!area.empty()) content += "</table>\n";
      area = area_of(route->pattern);
      content += "<h2>" + escape_html(area) + "</h2>\n<table>\n";
    }
    content += describe(*route);
  }
  if (!area.empty()) content += "</table>\n";
  return page_of(title, version, content);
}

Reply page_reply(std::string page) {
  Reply reply = text_reply(200, "");
  reply.content_type = "text/html; charset=utf-8";
  reply.body = std::move(page);
  return reply;
}

}  // namespace server
