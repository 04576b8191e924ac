# The libraries that are used, each as an imported target `dep::NAME`.

find_package(PkgConfig REQUIRED)

# aigw_dependency(NAME MODULE...): the first pkg-config module that exists.
function(aigw_dependency name)
  pkg_search_module(DEP_${name} REQUIRED IMPORTED_TARGET GLOBAL ${ARGN})
  add_library(dep::${name} ALIAS PkgConfig::DEP_${name})
endfunction()

aigw_dependency(uv libuv)
aigw_dependency(curl libcurl)
aigw_dependency(msgpack msgpack msgpack-c)
aigw_dependency(config libconfig)
aigw_dependency(jansson jansson)
aigw_dependency(sqlite sqlite3)
aigw_dependency(ncurses ncursesw)
if(AIGW_TESTS)
  aigw_dependency(check check)
endif()
