# packages.sh - the Debian packages that the project is built, tested and
# measured with; sourced by the scripts beside it.

BUILD_PACKAGES='gcc libc6-dev cmake ninja-build pkg-config libuv1-dev
    libcurl4-openssl-dev libmsgpack-dev libconfig-dev libncurses-dev libjansson-dev uthash-dev
    libsqlite3-dev libssl-dev scdoc openssl ca-certificates'
TEST_PACKAGES='check clang-format universal-ctags g++ neovim systemd
    libmsgpack-dev procps iproute2'
BENCH_PACKAGES='nginx-light wrk procps'

# need_packages NAME...: installs those that are missing, with sudo when not
# root (which asks once).
need_packages() {
    missing=
    for package in "$@"; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        'install ok installed') ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    echo "Installing:$missing"
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    # A list of packages that is too old, or empty, is fetched once.
    install="env DEBIAN_FRONTEND=noninteractive apt-get install -y -q
        --no-install-recommends"
    # shellcheck disable=SC2086
    $sudo $install $missing >/dev/null 2>&1 || {
        $sudo apt-get update -q >/dev/null
        $sudo $install $missing >/dev/null
    }
}

# build_release DIR: a Release build with aigw-mock, but without the tests.
build_release() {
    cmake -S . -B "$1" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DAIGW_TESTS=OFF -DAIGW_MOCK=ON >"$1.log" 2>&1 &&
        cmake --build "$1" >>"$1.log" 2>&1 || {
        cat "$1.log" >&2
        return 1
    }
}
