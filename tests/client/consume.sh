#!/bin/bash
# The installed libwebim from outside the tree: installs the package into a new folder, builds
# examples/cpp there with find_package(webim), runs it against portraitd and checks what it prints.
#   tests/client/consume.sh [BUILD_DIR]      (default: build/release; it has portraitd and libwebim)
# The last line is "N passed, N failed"; the exit code is 0 when nothing failed.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$root" && cd "${1:-build/release}" && pwd) || exit 2
portraitd=${PORTRAITD:-$build/portraitd}
work=$(mktemp -d)
server=
passed=0
failed=0

finish() {
  if [ -n "$server" ]; then
    kill "$server" && wait "$server"
  fi
  rm -rf "$work"
}
trap finish EXIT

# check SENTENCE COMMAND…: runs the command; what it prints is shown when it fails.
check() {
  local sentence=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    passed=$((passed + 1))
    echo "ok: $sentence"
  else
    failed=$((failed + 1))
    echo "FAILED: $sentence"
    sed 's/^/  /' "$work/output"
  fi
}

text_of() { # text_of FILE MEMBER: a JSON member whose text has no escapes
  sed -n 's/.*"'"$2"'":"\([^"]*\)".*/\1/p' "$1"
}

install_package() {
  cmake --install "$build" --component webim --prefix "$work/prefix"
}

# Everything but the library, its headers and its package would be a mistake of the install rules.
has_only_its_own_files() {
  local strange
  strange=$(cd "$work/prefix" && find . -type f | grep -vE \
    '^\./(include/webim/[a-z]+\.h|lib/.*libwebim\.a|lib/.*cmake/webim/webim[A-Za-z-]+\.cmake)$')
  echo "$strange"
  [ -z "$strange" ]
}

headers_need_only_the_standard_library() {
  local header
  for header in "$work"/prefix/include/webim/*.h; do
    if grep -nE '#include ["<](boost|openssl)/' "$header"; then
      return 1
    fi
    echo "#include <webim/$(basename "$header")>" |
      "${CXX:-c++}" -std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only \
        -I"$work/prefix/include" -x c++ - || return 1
  done
}

build_example() {
  cp -r "$root/examples/cpp" "$work/example" &&
    cmake -G Ninja -S "$work/example" -B "$work/example/build" -DCMAKE_PREFIX_PATH="$work/prefix" \
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" &&
    cmake --build "$work/example/build"
}

# Waits until the ready file is there or the server is gone; reading from a pipe nobody writes to
# is the pause between two looks.
start_server() {
  "$portraitd" --dev --data "$work/data" --http 127.0.0.1:0 --https 127.0.0.1:0 \
    --ops 127.0.0.1:0 --ready-file "$work/ready.json" >"$work/portraitd.log" 2>&1 &
  server=$!
  exec {pause}<> <(:)
  until [ -e "$work/ready.json" ]; do
    if ! kill -0 "$server"; then
      cat "$work/portraitd.log"
      return 1
    fi
    read -r -t 0.05 -u "$pause"
  done
  return 0
}

run_example() { # run_example ACCOUNT ARGS…: as that account; prints what the example prints
  local account=$1 url
  shift
  url=$(text_of "$work/ready.json" http)
  curl -sf "$url/dev/usersig?identifier=$account" >"$work/usersig.json" || return 1
  "$work/example/build/profile" "$url" "$account" "$(text_of "$work/usersig.json" usersig)" "$@"
}

prints() { # prints EXPECTED COMMAND…: the command succeeds and prints exactly that
  local expected=$1
  shift
  "$@" >"$work/printed" || return 1
  diff <(printf '%s\n' "$expected") "$work/printed"
}

refuses_a_wrong_usersig() {
  local url
  url=$(text_of "$work/ready.json" http)
  "$work/example/build/profile" "$url" carol "eJx*wrong" carol >"$work/printed" 2>&1 && return 1
  grep -q '^login: 70003 ' "$work/printed"
}

table_of_bob="alice           Nick of alice   Gender_Type_Female    AllowType_Type_NeedConfirm
bob             Nick of bob     Gender_Type_Female    AllowType_Type_NeedConfirm
ghost           [40003]Err_Profile_Invalid_Account"

check "the package installs" install_package
check "it installs nothing but the library, its headers and its CMake package" \
  has_only_its_own_files
check "each header compiles alone and needs the standard library only" \
  headers_need_only_the_standard_library
check "the example builds outside the tree with find_package(webim)" build_example
check "portraitd starts" start_server
check "one account sets and reads its profile" \
  prints "${table_of_bob%%$'\n'*}" run_example alice alice
check "another one sees both, and who does not exist" \
  prints "$table_of_bob" run_example bob alice bob ghost
check "a wrong UserSig is refused with its code" refuses_a_wrong_usersig
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
