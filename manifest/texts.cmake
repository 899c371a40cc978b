# agent_setting_texts(<target> <namespace or ""> <name> <keys...>): puts the names and descriptions of settings into a
# target, as `extern const std::span<const agent::LanguageFile> <name>`. They stand in manifest/<language>.yaml, one file
# per language; the target gets those whose key begins with one of <keys>.
set(agent_texts_folder ${CMAKE_CURRENT_LIST_DIR})

function(agent_setting_texts target namespace name)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}_texts.cpp)
  list(JOIN ARGN "|" keys)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D FOLDER=${agent_texts_folder} -D OUTPUT=${output} -D NAMESPACE=${namespace} -D NAME=${name}
      -D KEYS=${keys} -P ${agent_texts_folder}/embed_texts.cmake
    DEPENDS ${agent_texts_folder}/embed_texts.cmake ${agent_texts_folder}/en.yaml ${agent_texts_folder}/zh.yaml
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
