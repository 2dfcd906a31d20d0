#pragma once

// The store of several machines: a database that speaks the MySQL protocol, shared by any number of
// portraitd. docs/storage-format.md "In a SQL database".

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace store::sql {

struct SqlOptions {
  // HOST:PORT, [IPv6]:PORT or the path of a socket. Connections go to the first that works and
  // return to it within seconds of its coming back.
  std::vector<std::string> endpoints;
  std::string database = "portrait";  // letters, digits and _
  std::string user = "portrait";
  std::string password;
  std::string tls_ca;           // PEM; not empty: only TLS, to a server this file vouches for
  std::string tls_certificate;  // PEM, of this client, where the server wants one
  std::string tls_key;
  std::size_t read_connections = 4;  // besides one for writes and two for the log's tail
  // Of a statement; then the next endpoint. Longer than a cluster takes to give a node up: its
  // others hold commits for so long. A connect has at most two seconds.
  unsigned timeout_s = 5;
  unsigned give_up_s = 15;  // a read or write is tried for this long from when it was asked for

  bool operator==(const SqlOptions&) const = default;
};

// What is wrong with options, in words that name the setting; empty: nothing.
std::string ProblemOf(const SqlOptions& options);

// Opens a database whose tables are of this format. Without them, or with older ones, it fails with
// kStorageFailed and a detail that names the command to run; it never changes them.
//
// Reads and writes that fail are tried again, on other endpoints where one is down, for `give_up_s`
// from when they were asked for (and a statement's timeout). Destroying the store finishes the
// writes that wait and calls their callbacks first.
//
// Watch tells of other processes' commits too, as a tail of their log finds them: it looks every
// 50 ms.
base::Result<std::unique_ptr<Store>> OpenSqlStore(const SqlOptions& options);

}  // namespace store::sql
