# What ./run and ./test share: installing, building, stamps. Sourced from the project's root.

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }

# Debian packages. Build: what portraitd and the page are made with. Tests: what the suite needs on top.
build_packages=(ca-certificates ccache cmake curl g++ libboost1.81-dev libcli11-dev
  libcurl4-openssl-dev libexpected-dev
  libmariadb-dev libmimalloc-dev librocksdb-dev libsimdjson-dev libspdlog-dev libssl-dev libtomlplusplus-dev ninja-build zlib1g-dev)
test_packages=(chromium fonts-noto-cjk libgtest-dev openssl procps python3)
# For the parts `sql…`, `galera…`, `cluster` and `chaos`, and ./run --cluster: started as plain
# processes, never as services.
cluster_packages=(galera-4 iproute2 mariadb-client-core mariadb-server nginx-light rsync)
fuzz_packages=(clang libclang-rt-14-dev)

# install_packages NAME…: installs the Debian packages that are missing.
install_packages() {
  local missing=() name root=()
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || root=(sudo)
  say "installing ${missing[*]}"
  "${root[@]}" apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -qy --no-install-recommends "${missing[@]}" >&2
}

# install_quietly NAME…: the same for servers. Debian starts one when it installs it, unless this
# file says no.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d made=no
  if [ "$(id -u)" = 0 ] && [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy && chmod +x $policy && made=yes
  fi
  local status=0
  install_packages "$@" || status=$?
  [ $made = no ] || rm -f $policy
  return $status
}

# Node 18 or later: Debian's, unless there is one already.
install_node() {
  if ! command -v npm >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 18 ]; then
    install_packages nodejs npm
  fi
}

# is_fresh STAMP PATH…: whether STAMP records the present contents of the tracked and new files below PATHs.
contents() { git ls-files -co --exclude-standard -- "$@" | sort -u | tr '\n' '\0' | xargs -0 cat 2>/dev/null | sha256sum; }
is_fresh() { local stamp=$1; shift; [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(contents "$@")" ]; }
stamp() { local stamp=$1; shift; contents "$@" > "$stamp"; }

# The npm packages of the whole workspace, as package-lock.json says.
install_npm_packages() {
  local files=(package.json package-lock.json sdk/webim/package.json web/package.json tests/js/package.json)
  is_fresh node_modules/.portrait-stamp "${files[@]}" && return 0
  install_node
  say "installing npm packages"
  npm ci --no-audit --no-fund >&2
  stamp node_modules/.portrait-stamp "${files[@]}"
}

# configure PRESET [-DNAME=VALUE…]: again only where a value is not the cached one. build PRESET TARGET…
configure() {
  local preset=$1 option; shift
  local cache=build/$preset/CMakeCache.txt
  if [ -f "build/$preset/build.ninja" ]; then
    for option in "$@"; do
      grep -q "^${option#-D}$" <(sed 's/:[A-Z]*=/=/' "$cache") || { cmake --preset "$preset" "$@" >&2; return; }
    done
    return 0
  fi
  cmake --preset "$preset" "$@" >&2
}
build() { local preset=$1; shift; cmake --build "build/$preset" --target "$@" >&2; }

build_page() {
  local sources=(web sdk/webim/src docs/openapi.yaml package-lock.json)
  [ -f build/web/index.html ] && is_fresh build/web.stamp "${sources[@]}" && return 0
  install_npm_packages
  say "building the page"
  npm run build -w web >&2
  stamp build/web.stamp "${sources[@]}"
}
