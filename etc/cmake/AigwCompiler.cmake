# The language level, warnings and hardening that every target shares.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_definitions(_GNU_SOURCE AIGW_VERSION="${PROJECT_VERSION}")
include_directories("${CMAKE_CURRENT_SOURCE_DIR}"
                    "${CMAKE_CURRENT_SOURCE_DIR}/daemon")

add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wold-style-definition
  -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef -Wvla
  -Wformat=2 -Wswitch-enum -Wdouble-promotion -Wnull-dereference -Wcast-qual
  -Wcast-align)
if(AIGW_WERROR)
  add_compile_options(-Werror)
endif()

# Check's macros convert freely, so tests do without the conversion warnings;
# everything that ships has them.
set(AIGW_CONVERSION_WARNINGS -Wconversion -Wsign-conversion)

if(AIGW_SANITIZE)
  add_compile_options(-fsanitize=${AIGW_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${AIGW_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()

include(CheckPIESupported)
check_pie_supported()

# aigw_library(NAME SOURCES...): a static library of the product.
function(aigw_library name)
  add_library(${name} STATIC ${ARGN})
  target_compile_options(${name} PRIVATE ${AIGW_CONVERSION_WARNINGS})
endfunction()
