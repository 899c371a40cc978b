# install: libagent for find_package(libagent) and pkg-config (component dev), and the programs with their samples.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The layers are static libraries: who links them links their packages too. libagent-config.cmake.in
# finds them again; those without a config of their own are linked by name.
set_target_properties(agent_asio PROPERTIES EXPORT_NAME asio)
set_target_properties(agent_fmt PROPERTIES EXPORT_NAME fmt)
target_link_libraries(libagent_base PRIVATE
  $<INSTALL_INTERFACE:OpenSSL::Crypto> $<INSTALL_INTERFACE:yaml-cpp> $<INSTALL_INTERFACE:zstd>)
target_link_libraries(libagent_host PRIVATE $<INSTALL_INTERFACE:minizip>)
target_link_libraries(libagent_net PRIVATE $<INSTALL_INTERFACE:OpenSSL::SSL> $<INSTALL_INTERFACE:http_parser>)
install(TARGETS libagent libagent_core libagent_net libagent_host libagent_base agent_asio agent_fmt
  EXPORT libagent
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/libagent/include/agent
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_BINARY_DIR}/libagent/include/agent/version.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/agent COMPONENT dev)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libagent)
install(EXPORT libagent NAMESPACE libagent:: FILE libagent-targets.cmake
  DESTINATION ${config_dir} COMPONENT dev)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/libagent-config.cmake.in
  ${PROJECT_BINARY_DIR}/packaging/libagent-config.cmake INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/packaging/libagent-config-version.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/packaging/libagent-config.cmake
    ${PROJECT_BINARY_DIR}/packaging/libagent-config-version.cmake
  DESTINATION ${config_dir} COMPONENT dev)

# What includes Asio's headers must see them as the library was built.
get_target_property(definitions agent_asio INTERFACE_COMPILE_DEFINITIONS)
list(TRANSFORM definitions PREPEND -D)
list(JOIN definitions " " pc_definitions)
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/libagent.pc.in ${PROJECT_BINARY_DIR}/packaging/libagent.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/packaging/libagent.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

# A program with its samples: bin/<name>, share/<name>/.
function(install_program name)
  if(TARGET ${name})
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    if(ARGN)
      install(FILES ${ARGN} DESTINATION ${CMAKE_INSTALL_DATADIR}/${name})
    endif()
  endif()
endfunction()
install_program(agent-server server/server.conf server/manifest.yaml)
install_program(agentctl)
install_program(example-agent examples/example-agent/agent.conf examples/example-agent/manifest.yaml)
install_program(exec-agent examples/exec-agent/agent.conf examples/exec-agent/manifest.yaml)
install_program(logkit-agent examples/logkit-agent/agent.conf examples/logkit-agent/manifest.yaml)
install_program(manifest-lint manifest/manifest.schema.json)
install_program(metrics-agent examples/metrics-agent/agent.conf examples/metrics-agent/manifest.yaml)
install_program(schema-upgrade)
