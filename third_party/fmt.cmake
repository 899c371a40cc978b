# fmt 9.1, MIT. Text formatting. Compiled once, as Asio is: Debian has only a shared library, which would bring the
# shared libstdc++ with it and cost every agent 1.7 MB (docs/decisions/small-programs.md); header-only, every
# second object would carry a copy.
# Headers: fmt/*
# May appear in: *.cpp libagent/include/*
find_package(fmt 9 REQUIRED)
find_path(FMT_INCLUDE_DIR fmt/format.h REQUIRED)

file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/third_party/fmt.cpp CONTENT [[
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {
template thousands_sep_result<char> thousands_sep_impl<char>(locale_ref);
template char decimal_point_impl<char>(locale_ref);
template dragonbox::decimal_fp<float> dragonbox::to_decimal(float) noexcept;
template dragonbox::decimal_fp<double> dragonbox::to_decimal(double) noexcept;
template locale_ref::locale_ref(const std::locale&);
template std::locale locale_ref::get<std::locale>() const;
template void buffer<char>::append(const char*, const char*);
template void vformat_to<char>(buffer<char>&, string_view, basic_format_args<buffer_context<char>>, locale_ref);
}  // namespace detail
FMT_END_NAMESPACE
]])
add_library(agent_fmt STATIC ${CMAKE_CURRENT_BINARY_DIR}/third_party/fmt.cpp)
target_include_directories(agent_fmt SYSTEM PUBLIC $<BUILD_INTERFACE:${FMT_INCLUDE_DIR}>)
target_compile_features(agent_fmt PUBLIC cxx_std_20)
