#pragma once

// Between a client and a MariaDB server, to break a connection at the worst moment.

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace store {

class Proxy {
 public:
  enum class Cut {
    kNone,
    kBefore,  // the server never gets the COMMIT
    kAfter,   // it carries it out, but the client is not told
    kLate,    // so too, once the client has asked for rows to be locked on another connection
  };

  // Listens on the socket `own` and passes on to the socket `server`.
  Proxy(std::string own, std::string server);
  ~Proxy();
  Proxy(const Proxy&) = delete;

  const std::string& socket() const { return own_; }

  // At the next COMMIT on whatever connection.
  void CutNextCommit(Cut cut) { cut_ = cut; }
  int cuts() const { return cuts_; }

 private:
  void Accept();
  void Pass(int client);
  void SendHeld();

  const std::string own_, server_;
  std::atomic<Cut> cut_{Cut::kNone};
  std::atomic<int> cuts_{0};
  std::mutex mutex_;
  std::list<std::thread> threads_;
  std::list<int> sockets_;
  int held_ = -1;  // the server's side of a connection whose COMMIT is held back
  std::string held_bytes_;
  int listener_ = -1;
  std::thread acceptor_;
};

}  // namespace store
